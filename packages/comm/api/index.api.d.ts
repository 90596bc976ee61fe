// What @dqrm/comm exports. Written by tools/api-report; review the difference, do not edit.

import type { Kernels, OpFn, RandomKey, RowGradient, ScaleGroups, Unavailable, ValueCodingName } from "@dqrm/core";

export interface CancelSignal {
    readonly aborted: boolean;
    readonly reason: unknown;
    addEventListener(type: "abort", listener: () => void): void;
    removeEventListener(type: "abort", listener: () => void): void;
}

export interface ChannelPort {
    postMessage(message: unknown, transfer: ArrayBuffer[]): void;
    addEventListener(type: "message" | "close", listener: (event: object) => void): void;
    start(): void;
    close(): void;
}

export interface Compensation {
    readonly name: string;
    readonly state: readonly Float32Array[];
    encode(gradient: RowGradient, out: Uint8Array, key: RandomKey): number;
    readonly encodeBody: SectionCodec["encodeBody"];
    commit(): void;
}

export declare const DEFAULT_GROUP_PORT = 29500;

export interface Engine {
    post(to: number, bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
    readonly copies?: boolean;
    close(): void | Promise<void>;
}

export interface EngineListener {
    arrived(from: number, bytes: Uint8Array): void;
    memory(length: number): Uint8Array<ArrayBuffer> | undefined;
    gone(rank: number): void;
}

export interface EngineTransportOptions {
    readonly name: string;
    readonly rank: number;
    readonly size: number;
    readonly open: (listener: EngineListener) => Engine;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Exchange {
    readonly ownShards: readonly [
        number,
        number
    ];
    begin(step: number, signal?: CancelSignal): PendingExchange;
    step(step: number, gradients: readonly (readonly RowGradient[])[], sinks: readonly RowSink[], signal?: CancelSignal): Promise<ExchangeReport>;
}

export interface ExchangeOptions {
    readonly transport: Transport;
    readonly schema: MessageSchema;
    readonly shards: number;
    readonly seed: number;
    readonly encoders?: readonly (readonly (SectionEncoder | undefined)[])[];
}

export interface ExchangeReport {
    readonly sentBytes: number;
    readonly receivedBytes: number;
    readonly nonFinite: readonly number[];
}

export interface ExpectedHead {
    readonly step: number;
    readonly rank: number;
    readonly world: number;
}

export interface Feedback {
    readonly residual: Float32Array;
    readonly left: Float32Array;
}

export interface FeedbackOptions extends Feedback {
    readonly key: RandomKey;
}

export interface GradientCodec {
    readonly name: string;
    readonly id: number;
    readonly combine: "sum" | "gather";
    maxBytes(count: number, cols: number): number;
    encode(gradient: RowGradient, out: Uint8Array, key: RandomKey): number;
    decode(bytes: Uint8Array, sink: RowSink): void;
}

export interface GroupPlace {
    readonly rank: number;
    readonly size: number;
    readonly localRank: number | undefined;
    readonly localSize?: number;
    readonly address: {
        readonly host: string;
        readonly port: number;
    } | undefined;
    readonly launcher: string;
}

export declare const HEADER_BYTES = 20;

export interface KnowingOptions {
    readonly key: RandomKey;
    readonly target: RowGradient;
}

export interface LowRankOptions {
    readonly rank: number;
    readonly values: "float32" | "bfloat16";
    readonly kernels?: Kernels;
}

export declare const MAX_MEMORY_RANKS = 1024;

export declare const MAX_PARAMETERS: number;

export declare const MAX_TIMEOUT_MS: number;

export declare const MAX_WORLD = 65535;

export declare const MESSAGE_HEADER_BYTES = 40;

export interface MeanScaleEncoder extends SectionEncoder {
    readonly shared: SharedScales;
    readonly state: readonly Float32Array[];
    commit(): void;
}

export interface MeanScaleOptions {
    readonly scale: "tensor" | "row";
    readonly errorFeedback: boolean;
}

export interface MessageContent {
    readonly head: ExpectedHead;
    readonly gradients: readonly RowGradient[];
    readonly key: SectionKey;
    readonly encoders?: readonly (SectionEncoder | undefined)[];
    readonly nonFinite?: boolean;
}

export interface MessageDecoder {
    readonly rows: readonly RowGradient[];
    decode(bytes: Uint8Array, expected: ExpectedHead, sinks: readonly RowSink[]): MessageHeader;
    check(bytes: Uint8Array, expected: ExpectedHead, sinks: readonly RowSink[]): MessageHeader;
    add(sinks: readonly (RowSink | undefined)[]): void;
}

export interface MessageHeader extends ExpectedHead {
    readonly nonFinite: boolean;
    readonly sections: number;
}

export interface MessageParameter {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    readonly codec: SectionedCodec;
    readonly owners?: "one" | "rows";
    readonly beginsMessage?: boolean;
}

export interface MessageSchema {
    readonly parameters: readonly MessageParameter[];
    readonly hash: readonly [
        number,
        number
    ];
    readonly sums?: MessageSchema;
    readonly checksum: OpFn<"checksum">;
    readonly absmax: OpFn<"absmax">;
    readonly add: ValueSums["add"];
}

export interface OpenTransportOptions {
    readonly place: GroupPlace;
    readonly timeoutMs: number;
    readonly signal?: CancelSignal;
}

export interface ParameterShape {
    readonly rows: number;
    readonly cols: number;
}

export interface PendingExchange {
    sendFirst(gradients: readonly RowGradient[], parameters: number): void;
    send(gradients: readonly RowGradient[]): void;
    finish(sinks: readonly RowSink[]): Promise<ExchangeReport>;
}

export interface PortTransportOptions {
    readonly rank: number;
    readonly ports: readonly (ChannelPort | undefined)[];
}

export interface RandomKOptions {
    readonly share: number;
    readonly kernels?: Kernels;
}

export interface RowCodecOptions {
    readonly values: ValueCodingName;
    readonly scale: ScaleGroups;
    readonly rounding: "nearest" | "stochastic";
    readonly entropy: boolean;
    readonly kernels?: Kernels;
}

export interface RowSink {
    readonly rows: number;
    readonly cols: number;
    add(row: number, values: Float32Array, offset: number): void;
    addRows?(gradient: RowGradient): void;
}

export interface SectionCodec {
    readonly name: string;
    readonly id: number;
    readonly settings: string;
    readonly rowwise?: boolean;
    maxBodyBytes(count: number, cols: number): number;
    encodeBody(gradient: RowGradient, out: Uint8Array, at: number, key: RandomKey): number;
    encodeKnowing?(gradient: RowGradient, out: Uint8Array, at: number, how: KnowingOptions): number;
    readonly encodeWithFeedback?: (gradient: RowGradient, out: Uint8Array, at: number, how: FeedbackOptions) => number;
    decodeBody(source: SectionSource, target: RowGradient): void;
}

export interface SectionEncoder extends Pick<SectionCodec, "encodeBody"> {
    commit?(): void;
    readonly shared?: SharedScales;
}

export type SectionKey = (parameter: number) => RandomKey;

export interface SectionSource {
    readonly bytes: Uint8Array;
    readonly begin: number;
    readonly end: number;
    readonly count: number;
    readonly cols: number;
    readonly rows: number;
}

export interface SectionedCodec extends GradientCodec {
    readonly combine: "gather";
    readonly section: SectionCodec;
}

export interface SharedScales {
    readonly count: number;
    localScales(gradient: RowGradient, out: Float32Array): void;
    use(scales: Float32Array): void;
}

export type StartTimer = (milliseconds: number, expired: () => void) => () => void;

export interface SummableCodec extends GradientCodec {
    readonly combine: "sum";
    addPayload(into: Uint8Array, from: Uint8Array): void;
}

export interface TopKOptions extends Pick<RowCodecOptions, "values" | "rounding" | "entropy" | "kernels"> {
    readonly share: number;
}

export interface Transport {
    readonly name: string;
    readonly rank: number;
    readonly size: number;
    send(to: number, bytes: Uint8Array, signal?: CancelSignal): Promise<void>;
    receive(from: number, signal?: CancelSignal): Promise<Uint8Array>;
    recycle?(bytes: Uint8Array): void;
    close(): Promise<void>;
}

export interface TransportPlugin {
    readonly name: string;
    open(options: OpenTransportOptions): Promise<Transport | Unavailable>;
}

export interface WatchOptions {
    readonly timeoutMs: number;
    readonly startTimer: StartTimer;
}

export type WireCodec = Pick<GradientCodec, "name" | "id">;

export interface WireHeader {
    readonly cols: number;
    readonly count: number;
    readonly bodyBytes: number;
}

export declare function allGather(transport: Transport, bytes: Uint8Array, signal?: CancelSignal): Promise<readonly Uint8Array[]>;

export declare function allReduce(transport: Transport, codec: SummableCodec, payload: Uint8Array, signal?: CancelSignal): Promise<Uint8Array>;

export declare function barrier(transport: Transport, signal?: CancelSignal): Promise<void>;

export declare function createAppendSink(gradient: RowGradient, rows: number): RowSink;

export declare function createDenseSink(values: Float32Array, rows: number, cols: number, kernels?: Kernels): RowSink;

export declare function createEngineTransport({ name, open, rank, size }: EngineTransportOptions): Transport;

export declare function createExchange(options: ExchangeOptions): Exchange;

export declare function createMemoryTransports(size: number): readonly Transport[];

export declare function createMessageDecoder(schema: MessageSchema): MessageDecoder;

export declare function createMessageSchema(parameters: readonly MessageParameter[], kernels?: Kernels): MessageSchema;

export declare function createPortTransport({ ports, rank }: PortTransportOptions): Transport;

export declare function decodeMessage(schema: MessageSchema, bytes: Uint8Array, expected: ExpectedHead, sinks: readonly RowSink[]): MessageHeader;

export declare const dense: SummableCodec;

export declare function encodeMessage(schema: MessageSchema, content: MessageContent, out: Uint8Array): number;

export declare function errorFeedback(codec: SectionedCodec, shape: ParameterShape, kernels?: Kernels): Compensation;

export declare function groupPlace(environment: Environment): GroupPlace | undefined;

export declare function lowRank({ kernels: given, rank, values: name }: LowRankOptions): SectionedCodec;

export declare function maxMessageBytes({ parameters }: MessageSchema, gradients: readonly RowGradient[]): number;

export declare function meanScale(shape: ParameterShape, { errorFeedback, scale }: MeanScaleOptions, kernels?: Kernels): MeanScaleEncoder;

export declare function momentumCorrection(codec: SectionedCodec, shape: ParameterShape, momentum: number): Compensation;

export declare const none: GradientCodec;

export declare function randomK({ kernels, share }: RandomKOptions): SectionedCodec;

export declare function readHeader(bytes: Uint8Array, codec: WireCodec): WireHeader;

export declare function rowCodec({ entropy, kernels, rounding, scale, values }: RowCodecOptions): SectionedCodec;

export declare function sayFailure(transport: Transport, error: unknown): Promise<void>;

export declare function topK(options: TopKOptions): SectionedCodec;

export declare function watched(transport: Transport, { startTimer, timeoutMs }: WatchOptions): Transport;

export declare function withHeader(section: SectionCodec): SectionedCodec;

export declare function writeHeader(out: Uint8Array, codec: WireCodec, header: WireHeader): void;

// Referred to above, but not exported.

interface ValueSums {
    add(target: Float32Array, values: Float32Array): void;
    subtract(target: Float32Array, values: Float32Array): void;
}

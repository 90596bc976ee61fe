// What @dqrm/comm exports. Written by tools/api-report; review the difference, do not edit.

import type { RandomKey, RowGradient } from "@dqrm/core";

export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

export interface GradientCodec {
  readonly name: string;
  readonly id: number;
  readonly combine: "sum" | "gather";
  maxBytes(count: number, cols: number): number;
  encode(gradient: RowGradient, out: Uint8Array, key: RandomKey): number;
  decode(bytes: Uint8Array, sink: RowSink): void;
}

export declare const HEADER_BYTES = 20;

export declare const MAX_MEMORY_RANKS = 1024;

export interface RowSink {
  readonly rows: number;
  readonly cols: number;
  add(row: number, values: Float32Array, offset: number): void;
}

export interface SummableCodec extends GradientCodec {
  readonly combine: "sum";
  addPayload(into: Uint8Array, from: Uint8Array): void;
}

export interface Transport {
  readonly name: string;
  readonly rank: number;
  readonly size: number;
  send(to: number, bytes: Uint8Array, signal?: CancelSignal): Promise<void>;
  receive(from: number, signal?: CancelSignal): Promise<Uint8Array>;
  close(): Promise<void>;
}

export type WireCodec = Pick<GradientCodec, "name" | "id">;

export interface WireHeader {
  readonly cols: number;
  readonly count: number;
  readonly bodyBytes: number;
}

export declare function allGather(
  transport: Transport,
  bytes: Uint8Array,
  signal?: CancelSignal,
): Promise<readonly Uint8Array[]>;

export declare function allReduce(
  transport: Transport,
  codec: SummableCodec,
  payload: Uint8Array,
  signal?: CancelSignal,
): Promise<Uint8Array>;

export declare function barrier(transport: Transport, signal?: CancelSignal): Promise<void>;

export declare function createAppendSink(gradient: RowGradient, rows: number): RowSink;

export declare function createDenseSink(values: Float32Array, rows: number, cols: number): RowSink;

export declare function createMemoryTransports(size: number): readonly Transport[];

export declare const dense: SummableCodec;

export declare const none: GradientCodec;

export declare function readHeader(bytes: Uint8Array, codec: WireCodec): WireHeader;

export declare function writeHeader(out: Uint8Array, codec: WireCodec, header: WireHeader): void;

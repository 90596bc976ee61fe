// What @dqrm/device-bridge exports. Written by tools/api-report; review the difference, do not edit.

export interface Bridge<M extends BridgeMethods<M>> extends BridgeCalls<M> {
    close(): Promise<void>;
}

export type BridgeArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

export interface BridgeCalls<M extends BridgeMethods<M>> {
    call<K extends keyof M & string>(name: K, request: Parameters<M[K]>[0], into: readonly BridgeArray[]): readonly number[];
}

export interface BridgeFailure {
    readonly name: string;
    readonly message: string;
    readonly code?: string;
    readonly details?: unknown;
}

export type BridgeMethods<M> = {
    readonly [K in keyof M]: (request: never) => Promise<BridgeReply>;
};

export type BridgeOpener<M extends BridgeMethods<M>> = (task: unknown) => Promise<{
    readonly methods: M;
} | NoBridge>;

export interface BridgeOptions {
    readonly task: unknown;
    readonly timeoutMs: number;
    fail(failure: BridgeFailure): Error;
}

export interface BridgePort {
    post(message: unknown): void;
    listen(receive: (message: unknown) => void): void;
}

export interface BridgeReply {
    readonly numbers?: readonly number[];
    readonly arrays?: readonly BridgeArray[];
}

export interface BridgeWorker {
    post(message: unknown, transfer: readonly ArrayBuffer[]): void;
    readonly first: Promise<unknown>;
    terminate(): Promise<void>;
}

export interface NoBridge {
    readonly unavailable: string;
}

export declare function openBridge<M extends BridgeMethods<M>>(worker: BridgeWorker, options: BridgeOptions): Promise<Bridge<M> | NoBridge>;

export declare function serveBridge<M extends BridgeMethods<M>>(port: BridgePort, open: BridgeOpener<M>): void;

// What @dqrm/kernels-webgpu exports. Written by tools/api-report; review the difference, do not edit.

import type { Jagged, KernelPlugin, PackedRows, Pooling } from "@dqrm/core";

export interface DeviceOptions {
    readonly memoryBytes?: number;
    readonly shardBytes?: number;
    readonly packedDots?: boolean;
}

export interface FloatRows {
    readonly rows: number;
    readonly cols: number;
    readonly weights: Float32Array;
}

export interface NoDevice {
    readonly unavailable: string;
}

export interface WebgpuDevice {
    readonly name: string;
    usedBytes(): number;
    uploadTable(rows: PackedRows | FloatRows, options: {
        readonly pooling: Pooling;
        readonly signal?: AbortSignal;
    }): Promise<WebgpuTable>;
    destroy(): void;
}

export interface WebgpuTable {
    readonly rows: number;
    readonly cols: number;
    readonly pooling: Pooling;
    readonly shards: number;
    lookup(bags: Jagged, signal: AbortSignal): Promise<Float32Array>;
    dispose(): Promise<void>;
}

export declare function openWebgpu(options?: DeviceOptions): Promise<WebgpuDevice | NoDevice>;

export declare const webgpuKernels: KernelPlugin;

// What @dqrm/kernels-tfjs exports. Written by tools/api-report; review the difference, do not edit.

import type { KernelPlugin } from "@dqrm/core";

export interface TfjsOptions {
    readonly backend: string;
    readonly provider?: string;
    readonly tables?: KernelPlugin | "variables";
    readonly name?: string;
}

export declare const tfjsCpuKernels: KernelPlugin;

export declare const tfjsGpuKernels: KernelPlugin;

export declare function tfjsKernels(options: TfjsOptions): KernelPlugin;

export declare const tfjsNodeKernels: KernelPlugin;

export declare const tfjsWasmKernels: KernelPlugin;

// What @dqrm/core/conformance exports. Written by tools/api-report; review the difference, do not edit.

import type { KernelBackend } from "@dqrm/core";

export interface ConformanceCase {
    readonly name: string;
    readonly skip?: string;
    run(): void;
}

export declare function kernelConformance(backend: KernelBackend): Generator<ConformanceCase>;

export declare function planConformance(backend: KernelBackend): Generator<ConformanceCase>;

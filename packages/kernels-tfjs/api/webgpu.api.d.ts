// What @dqrm/kernels-tfjs/webgpu exports. Written by tools/api-report; review the difference, do not edit.

import type { KernelPlugin } from "@dqrm/core";

export declare const tfjsWebgpuKernels: KernelPlugin;

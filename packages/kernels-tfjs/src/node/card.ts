import { Worker } from "node:worker_threads";
import { KERNEL_ABI, type KernelPlugin } from "@dqrm/core";
import { connectThread } from "@dqrm/device-bridge/node";
import { attemptImport } from "../attempt-import.ts";

/**
 * Offers kernels on the backend `webgpu`, of `@tensorflow/tfjs-backend-webgpu` over the package `webgpu`, in a worker thread.
 *
 * ```ts
 * import { loadKernels, reference } from "@dqrm/core";
 * import { tfjsWebgpuKernels } from "@dqrm/kernels-tfjs/webgpu";
 * const { kernels, skipped } = await loadKernels([tfjsWebgpuKernels], reference);
 * ```
 */
export const tfjsWebgpuKernels: KernelPlugin = {
  name: "tfjs-webgpu",
  abi: KERNEL_ABI,
  async load() {
    const imported = await attemptImport(() => import("../bridge/load.ts"), "@tensorflow/tfjs-core");
    if (typeof imported === "string") return { unavailable: imported };
    return imported.load(connectThread(new Worker(new URL("./worker.js", import.meta.url))));
  },
};

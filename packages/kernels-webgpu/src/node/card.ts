import { Worker } from "node:worker_threads";
import { KERNEL_ABI, type KernelPlugin } from "@dqrm/core";
import { connectThread } from "@dqrm/device-bridge/node";

/** Offers the WebGPU kernels to `loadKernels`; the device is one that the package `webgpu` finds, in a worker thread. */
export const webgpuKernels: KernelPlugin = {
  name: "webgpu",
  abi: KERNEL_ABI,
  load: () =>
    import("../bridge/load.ts").then(({ load }) =>
      load(connectThread(new Worker(new URL("./worker.js", import.meta.url)))),
    ),
};

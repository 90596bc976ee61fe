import { KERNEL_ABI, type KernelPlugin } from "@dqrm/core";
import { connectWebWorker } from "@dqrm/device-bridge/web";

/** Offers the WebGPU kernels to `loadKernels`, in a worker of a page: the device is in another worker. */
export const webgpuKernels: KernelPlugin = {
  name: "webgpu",
  abi: KERNEL_ABI,
  load: () =>
    import("./bridge/load.ts").then(({ load }) =>
      load(connectWebWorker(new Worker(new URL("./web-worker.js", import.meta.url), { type: "module" }))),
    ),
};

import { KERNEL_ABI, type KernelPlugin } from "@dqrm/core";
import { startWorker } from "./start-worker.ts";

/** Offers the WebAssembly kernels to `loadKernels`, which loads them only when it tries them; threads are Node's. */
export const wasmKernels: KernelPlugin = {
  name: "wasm",
  abi: KERNEL_ABI,
  load: (options) => import("../load.ts").then(({ load }) => load(startWorker, options)),
};

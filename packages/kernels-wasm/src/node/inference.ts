import { KERNEL_ABI, type KernelPlugin } from "@dqrm/core";
import { startWorker } from "./start-worker.ts";

/** Offers the kernels that serve a trained model, a third of what training needs; threads are Node's. */
export const wasmInference: KernelPlugin = {
  name: "wasm-inference",
  abi: KERNEL_ABI,
  load: (options) => import("../inference/load.ts").then(({ load }) => load(startWorker, options)),
};

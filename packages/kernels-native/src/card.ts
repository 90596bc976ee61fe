import { KERNEL_ABI, type KernelPlugin } from "@dqrm/core";

/** Offers the native kernels to `loadKernels`, which loads them only when it tries them. */
export const nativeKernels: KernelPlugin = {
  name: "native",
  abi: KERNEL_ABI,
  load: (options) => import("./load.ts").then((module) => module.load(options)),
};

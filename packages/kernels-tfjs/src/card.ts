import { KERNEL_ABI, type KernelPlugin } from "@dqrm/core";

/** Says on which backend of TensorFlow.js the layers of a model run, and what serves its tables. */
export interface TfjsOptions {
  /** The name under which TensorFlow.js knows the backend: "cpu", "wasm", "tensorflow", or one that the program registered. */
  readonly backend: string;
  /** The package whose import registers the backend, imported unless it is registered; absent: the one for its name. */
  readonly provider?: string;
  /**
   * Kernels that look rows of tables up and update them, as those of @dqrm/kernels-native; absent: the reference kernels.
   * "variables" makes tables dense variables of the backend in training, for comparison: a step then costs the whole table.
   */
  readonly tables?: KernelPlugin | "variables";
  /** The name of the plugin; absent: `tfjs-` and the backend's, and `-dense` where tables are variables. */
  readonly name?: string;
}

/**
 * Offers the kernels of one backend of TensorFlow.js to `loadKernels`, which loads TensorFlow.js only when it tries them.
 *
 * The backend has to answer at once: "webgpu" is refused with that reason, and with what to take instead.
 *
 * ```ts doctest
 * import { loadKernels, reference } from "@dqrm/core";
 * import { tfjsKernels } from "@dqrm/kernels-tfjs";
 * const { kernels, skipped } = await loadKernels([tfjsKernels({ backend: "cpu" })], reference);
 * [...skipped.keys()]; // => []
 * kernels.backends.map(({ name }) => name); // => ["tfjs-cpu", "reference"]
 * ```
 */
export function tfjsKernels(options: TfjsOptions): KernelPlugin {
  const name = options.name ?? `tfjs-${options.backend}${options.tables === "variables" ? "-dense" : ""}`;
  return {
    name,
    abi: KERNEL_ABI,
    load: (loadOptions) =>
      import("./load.ts").then(({ load }) => load({ ...options, name }, loadOptions ?? {})),
  };
}

/** Offers kernels on the backend in plain JavaScript, of `@tensorflow/tfjs-backend-cpu`: for tests, it is slow. */
export const tfjsCpuKernels: KernelPlugin = tfjsKernels({ backend: "cpu" });

/** Offers kernels on the backend in WebAssembly, of `@tensorflow/tfjs-backend-wasm`. */
export const tfjsWasmKernels: KernelPlugin = tfjsKernels({ backend: "wasm" });

/** Offers kernels on the TensorFlow library for processors, of `@tensorflow/tfjs-node`. */
export const tfjsNodeKernels: KernelPlugin = tfjsKernels({
  backend: "tensorflow",
  provider: "@tensorflow/tfjs-node",
  name: "tfjs-node",
});

/** Offers kernels on the TensorFlow library for GPUs, of `@tensorflow/tfjs-node-gpu`, which is never installed with this package. */
export const tfjsGpuKernels: KernelPlugin = tfjsKernels({
  backend: "tensorflow",
  provider: "@tensorflow/tfjs-node-gpu",
  name: "tfjs-gpu",
});

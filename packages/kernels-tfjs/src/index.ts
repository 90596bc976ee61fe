export {
  tfjsCpuKernels,
  tfjsGpuKernels,
  tfjsKernels,
  tfjsNodeKernels,
  tfjsWasmKernels,
  type TfjsOptions,
} from "./card.ts";

export { tfjsWebgpuKernels } from "./card.ts";

export { webgpuKernels } from "./card.ts";
export { openWebgpu } from "./open-webgpu.ts";

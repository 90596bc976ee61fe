export { webgpuKernels } from "./card.ts";

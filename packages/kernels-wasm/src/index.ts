export { wasmKernels } from "./card.ts";

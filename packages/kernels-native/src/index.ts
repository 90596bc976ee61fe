export { nativeKernels } from "./card.ts";

export { gloo, glooOn, type GlooOptions } from "./gloo.ts";
export { MAX_GLOO_RANKS, MAX_MESSAGE_BYTES } from "./limits.ts";

export { wasmInference } from "./card.ts";

export { reference } from "./reference.ts";
export { scanRange } from "./scan-range.ts";

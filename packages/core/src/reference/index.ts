export { reference } from "./reference.ts";
export { roundHalfEven } from "./quantize-value.ts";
export { scanRange } from "./scan-range.ts";
export { spanLayout, type SpanLayout } from "./span-layout.ts";

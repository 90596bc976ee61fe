export type { ConformanceCase } from "./case.ts";
export { codecConformance } from "./codec.ts";
export type { OpenGroup } from "./group.ts";
export type { CodecPromise } from "./promise.ts";
export { transportConformance } from "./transport.ts";

export type { ConformanceCase } from "./case.ts";
export { kernelConformance } from "./kernel-conformance.ts";
export { planConformance } from "./plan-conformance.ts";

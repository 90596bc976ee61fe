import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the absmax of a part of an array. */
export function prepareAbsmax(spec: OpSpec<"absmax">, native: NativeKernels): OpFn<"absmax"> {
  const explain = prepareReference("absmax", spec);
  return function absmax(src, begin, end) {
    const peak = native.absmax(src, begin, end);
    if (!(peak < 0)) return peak;
    explain(src, begin, end);
    return failArrays("absmax");
  };
}

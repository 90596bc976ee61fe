import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the exact absmax of a table whose block peaks are kept. */
export function prepareRangeAbsmax(spec: OpSpec<"rangeAbsmax">, native: NativeKernels): OpFn<"rangeAbsmax"> {
  const explain = prepareReference("rangeAbsmax", spec);
  const { cols } = spec;
  return function rangeAbsmax(table, rows, range) {
    const peak = native.rangeAbsmax(table, rows, range.tree, range.dirty, range.leaves, cols);
    if (!(peak < 0)) return peak;
    explain(table, rows, range);
    return failArrays("rangeAbsmax");
  };
}

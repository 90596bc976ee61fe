import { BLOCK_ROWS, type OpFn, type OpSpec } from "@dqrm/core";
import { checkLength, checkSize } from "@dqrm/core/checks";
import { failArrays } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the exact absmax of a table whose block peaks are kept. */
export function prepareRangeAbsmax(
  { cols }: OpSpec<"rangeAbsmax">,
  native: NativeKernels,
): OpFn<"rangeAbsmax"> {
  checkSize("rangeAbsmax", "cols", cols);
  return function rangeAbsmax(table, rows, range) {
    const { tree, dirty, leaves } = range;
    const peak = native.rangeAbsmax(table, rows, tree, dirty, leaves, cols);
    if (!(peak < 0)) return peak;
    // Not explained by the reference: over a range that is none, it might never come to an end.
    checkLength("rangeAbsmax", "table", table.length, rows * cols);
    checkLength("rangeAbsmax", "range", dirty.length, Math.ceil(rows / BLOCK_ROWS));
    return failArrays("rangeAbsmax");
  };
}

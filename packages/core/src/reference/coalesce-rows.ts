import type { OpFn, OpSpec } from "../kernel/ops.ts";
import { checkLength, checkPart, checkSize } from "./checks.ts";
import { rowPlace, startCoalescing } from "./coalesce.ts";
import { addRow } from "./pool-rows.ts";

/** Prepares the sum of row gradients by row. */
export function prepareCoalesceRows({ cols }: OpSpec<"coalesceRows">): OpFn<"coalesceRows"> {
  checkSize("coalesceRows", "cols", cols);
  return function coalesceRows(rows, values, count, out) {
    checkPart("coalesceRows", 0, count);
    checkLength("coalesceRows", "rows", rows.length, count);
    checkLength("coalesceRows", "values", values.length, count * cols);
    const mask = startCoalescing("coalesceRows", out, cols, count);
    for (let k = 0; k < count; k++) {
      const place = rowPlace(out, rows[k], mask);
      addRow(values, k * cols, 1, out.values, place * cols, cols);
    }
  };
}

import { reserveRowGradient, type OpFn, type OpSpec } from "@dqrm/core";
import { checkRoom } from "./check-room.ts";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the sum of row gradients by row. */
export function prepareCoalesceRows(
  spec: OpSpec<"coalesceRows">,
  native: NativeKernels,
): OpFn<"coalesceRows"> {
  const explain = prepareReference("coalesceRows", spec);
  const { cols } = spec;
  return function coalesceRows(rows, values, count, out) {
    let distinct = -1;
    if (out.cols === cols && rows.length >= count) {
      reserveRowGradient(out, count);
      distinct = native.coalesceRows(rows, values, count, out.rows, out.values, out.slots, cols);
    }
    if (distinct < 0) {
      checkRoom("coalesceRows", out);
      explain(rows, values, count, out);
      failArrays("coalesceRows");
    }
    out.count = distinct;
  };
}

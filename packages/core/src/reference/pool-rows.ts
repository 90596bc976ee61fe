import { DqrmError } from "../errors.ts";
import type { Placement, Pooling } from "../kernel/ops.ts";
import { checkSize } from "./checks.ts";

/** Adds a weighted row to dst, the product and the sum each rounded to f32. */
export function addRow(
  src: Float32Array,
  from: number,
  weight: number,
  dst: Float32Array,
  to: number,
  cols: number,
): void {
  for (let c = 0; c < cols; c++) {
    dst[to + c] += Math.fround(weight * src[from + c]);
  }
}

/** Divides a pooled row by the number of its indices when the pooling is "mean". */
export function finishBag(
  pooling: Pooling,
  count: number,
  dst: Float32Array,
  to: number,
  cols: number,
): void {
  if (pooling === "sum" || count < 2) return;
  for (let c = 0; c < cols; c++) dst[to + c] /= count;
}

/**
 * Checks where a bag kernel puts its results.
 *
 * @throws VALUE when a row does not fit its stride
 */
export function checkPlacement(op: string, { stride, offset }: Placement, cols: number): void {
  checkSize(op, "cols", cols);
  checkSize(op, "stride", stride);
  if (Number.isInteger(offset) && offset >= 0 && offset + cols <= stride) return;
  throw new DqrmError("VALUE", {
    op,
    what: "offset",
    expected: `an integer >= 0 with offset + ${cols} <= stride = ${stride}`,
    actual: String(offset),
  });
}

import { spanLayout, type RowFormat } from "@dqrm/core";

/** Prepares the position, among a format's scales, of the scale that a weight is quantized with. */
export function prepareScaleIndex(
  format: Pick<RowFormat, "cols" | "granularity">,
): (row: number, col: number) => number {
  const { scaleStep, spanCols } = spanLayout(format);
  return (row, col) => row * scaleStep + Math.floor(col / spanCols);
}

import { dequantizeRow } from "./dequantize-rows";
import { addRow, clearRow, divideRow, findOutside } from "./pool";

/**
 * Pools packed rows; `weights` are read when `weighted`, `row` is scratch for a row of floats and one of codes.
 *
 * Returns the position of the first index outside [0, rows), or -1.
 */
export function embeddingBagPacked(
  codes: usize,
  scale: usize,
  bias: usize,
  rows: i32,
  indices: usize,
  offsets: usize,
  weights: usize,
  weighted: bool,
  dst: usize,
  bags: i32,
  cols: i32,
  spanCols: i32,
  scaleStep: i32,
  bits: i32,
  biased: bool,
  stride: i32,
  mean: bool,
  row: usize,
): i32 {
  const rowBytes = <usize>((cols * bits + 7) >> 3);
  const unpacked = row + ((<usize>cols) << 2);
  for (let bag = 0; bag < bags; bag++) {
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    const bad = findOutside(indices, first, last, rows);
    if (bad >= 0) return bad;
    clearRow(dst, cols);
    for (let position = first; position < last; position++) {
      const index = <usize>load<u32>(indices + ((<usize>position) << 2));
      const slot = (index * scaleStep) << 2;
      dequantizeRow(
        codes + index * rowBytes,
        scale + slot,
        bias + slot,
        row,
        unpacked,
        cols,
        spanCols,
        bits,
        biased,
      );
      addRow(row, weighted ? load<f32>(weights + ((<usize>position) << 2)) : 1, dst, cols);
    }
    if (mean && last - first > 1) divideRow(dst, last - first, cols);
    offsets += 4;
    dst += (<usize>stride) << 2;
  }
  return -1;
}

import { scaleOfPeak } from "./choose-scale";
import { fakeQuantizeSpan } from "./fake-quantize-rows";
import { INFINITE, peakBits } from "./peak";
import { addRow, clearRow, divideRow } from "./pool";

/**
 * Pools rows as they would be read from symmetric codes; `scale` is 0 when each span brings its own.
 *
 * Returns the position of the first index that is outside [0, rows) or whose row has no codes, or -1.
 */
export function embeddingBagFakeQuant(
  table: usize,
  rows: i32,
  scale: usize,
  indices: usize,
  offsets: usize,
  weights: usize,
  weighted: bool,
  dst: usize,
  bags: i32,
  cols: i32,
  spanCols: i32,
  bits: i32,
  stride: i32,
  mean: bool,
  row: usize,
): i32 {
  for (let bag = 0; bag < bags; bag++) {
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    clearRow(dst, cols);
    for (let position = first; position < last; position++) {
      const index = load<u32>(indices + ((<usize>position) << 2));
      if (index >= <u32>rows) return position;
      const from = table + ((<usize>index * cols) << 2);
      if (!fakeQuantizeRow(from, scale, row, cols, spanCols, bits)) return position;
      addRow(row, weighted ? load<f32>(weights + ((<usize>position) << 2)) : 1, dst, cols);
    }
    if (mean && last - first > 1) divideRow(dst, last - first, cols);
    offsets += 4;
    dst += (<usize>stride) << 2;
  }
  return -1;
}

function fakeQuantizeRow(src: usize, scale: usize, dst: usize, cols: i32, spanCols: i32, bits: i32): bool {
  if (scale != 0) return fakeQuantizeSpan(src, dst, cols, load<f32>(scale), 0, bits, false) < 0;
  for (let col = 0; col < cols; col += spanCols) {
    const count = min(spanCols, cols - col);
    const at = (<usize>col) << 2;
    const peak = peakBits(src + at, count);
    if (peak >= INFINITE) return false;
    const own = scaleOfPeak(reinterpret<f32>(peak), bits);
    if (fakeQuantizeSpan(src + at, dst + at, count, own, 0, bits, false) >= 0) return false;
  }
  return true;
}

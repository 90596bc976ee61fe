import { dequantizeLevelRow, shareLevels } from "./dequantize-levels";
import { dequantizeRow } from "./dequantize-rows";
import { ASYMMETRIC, DEAD_ZONE } from "./levels";
import { firstEight, firstWeights, hasSixteens, lastEight, lastWeights, loadSixteen } from "./sixteen";
import { AHEAD, addRow, clearRow, divideRow, touchRows } from "./pool";

/**
 * Pools packed rows; `weights` are read when `weighted`, `row` is scratch for a row of floats and one of codes, `levels`
 * room for those of a dead zone.
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
  scheme: i32,
  levels: usize,
  stride: i32,
  mean: bool,
  row: usize,
): i32 {
  const biased = scheme == ASYMMETRIC;
  const zoned = scheme >= DEAD_ZONE;
  if (zoned) shareLevels(scale, bias, scaleStep, bits, scheme, levels);
  const rowBytes = <usize>((cols * bits + 7) >> 3);
  const inRegisters = !zoned && hasSixteens(cols, spanCols, bits);
  const unpacked = row + ((<usize>cols) << 2);
  const end = load<i32>(offsets + (<usize>bags << 2));
  let touched = load<i32>(offsets);
  for (let bag = 0; bag < bags; bag++) {
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    if (last > touched) {
      const ahead = min(end, max(last, touched + AHEAD));
      const bad = touchRows(codes, rowBytes, rows, indices, touched, ahead);
      if (bad >= 0) return bad;
      touched = ahead;
    }
    if (inRegisters) {
      const scaleBytes = <usize>scaleStep << 2;
      for (let col = 0; col < cols; col += 16) {
        const from = codes + (<usize>(col * bits) >> 3);
        const to = dst + (<usize>col << 2);
        // The width is a constant in each call, so that the loop over positions does not branch on it.
        if (bits == 4) {
          poolSixteen(from, rowBytes, 4, scale, bias, scaleBytes, biased, indices, weights, weighted, first, last, to);
        } else {
          poolSixteen(from, rowBytes, 8, scale, bias, scaleBytes, biased, indices, weights, weighted, first, last, to);
        }
      }
    } else {
      clearRow(dst, cols);
      for (let position = first; position < last; position++) {
        const index = <usize>load<u32>(indices + (<usize>position << 2));
        const slot = (index * scaleStep) << 2;
        const from = codes + index * rowBytes;
        if (zoned) {
          const own = scale + slot;
          dequantizeLevelRow(from, own, bias + slot, row, unpacked, cols, spanCols, scaleStep, bits, scheme, levels);
        } else dequantizeRow(from, scale + slot, bias + slot, row, unpacked, cols, spanCols, bits, biased);
        addRow(row, weighted ? load<f32>(weights + (<usize>position << 2)) : 1, dst, cols);
      }
    }
    if (mean && last - first > 1) divideRow(dst, last - first, cols);
    offsets += 4;
    dst += (<usize>stride) << 2;
  }
  return -1;
}

/** Pools sixteen columns of packed rows. */
@inline
function poolSixteen(
  codes: usize,
  rowBytes: usize,
  bits: i32,
  scale: usize,
  bias: usize,
  scaleBytes: usize,
  biased: bool,
  indices: usize,
  weights: usize,
  weighted: bool,
  first: i32,
  last: i32,
  dst: usize,
): void {
  const offsets = i16x8.splat(biased ? 0 : <i16>1 << <i16>(bits - 1));
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let position = first; position < last; position++) {
    const index = <usize>load<u32>(indices + (<usize>position << 2));
    const sixteen = loadSixteen(codes + index * rowBytes, bits);
    const s = v128.load_splat<f32>(scale + index * scaleBytes);
    const shift = biased ? v128.load_splat<f32>(bias + index * scaleBytes) : f32x4.splat(0);
    const w = weighted ? v128.load_splat<f32>(weights + (<usize>position << 2)) : f32x4.splat(1);
    const low = firstEight(sixteen, offsets);
    const high = lastEight(sixteen, offsets);
    a = f32x4.add(a, f32x4.mul(w, firstWeights(low, s, shift)));
    b = f32x4.add(b, f32x4.mul(w, lastWeights(low, s, shift)));
    c = f32x4.add(c, f32x4.mul(w, firstWeights(high, s, shift)));
    d = f32x4.add(d, f32x4.mul(w, lastWeights(high, s, shift)));
  }
  v128.store(dst, a);
  v128.store(dst, b, 16);
  v128.store(dst, c, 32);
  v128.store(dst, d, 48);
}

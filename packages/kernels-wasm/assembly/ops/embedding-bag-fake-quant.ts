import { clampLanes } from "../lanes";
import { scaleOfPeak } from "./choose-scale";
import { fakeQuantizeSpan } from "./fake-quantize-rows";
import { INFINITE, peakBits } from "./peak";
import { AHEAD, addRow, clearRow, divideRow, touchRows } from "./pool";
import { highestWhole, lowestWhole } from "./quantize-span";

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
  const inRegisters = scale != 0 && bits > 1 && (cols & 15) == 0;
  const end = load<i32>(offsets + (<usize>bags << 2));
  let touched = load<i32>(offsets);
  for (let bag = 0; bag < bags; bag++) {
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    if (last > touched) {
      const ahead = min(end, max(last, touched + AHEAD));
      const bad = touchRows(table, <usize>cols << 2, rows, indices, touched, ahead);
      if (bad >= 0) return bad;
      touched = ahead;
    }
    let done = inRegisters;
    for (let col = 0; done && col < cols; col += 16) {
      const at = <usize>col << 2;
      done = poolSixteen(table + at, cols, load<f32>(scale), bits, indices, weights, weighted, first, last, dst + at);
    }
    if (!done) {
      clearRow(dst, cols);
      for (let position = first; position < last; position++) {
        const from = table + ((<usize>load<u32>(indices + (<usize>position << 2)) * cols) << 2);
        if (!fakeQuantizeRow(from, scale, row, cols, spanCols, bits)) return position;
        addRow(row, weighted ? load<f32>(weights + (<usize>position << 2)) : 1, dst, cols);
      }
    }
    if (mean && last - first > 1) divideRow(dst, last - first, cols);
    offsets += 4;
    dst += <usize>stride << 2;
  }
  return -1;
}

/** Pools sixteen columns under one scale; tells whether surely every weight has a code. */
@inline
function poolSixteen(
  table: usize,
  cols: i32,
  scale: f32,
  bits: i32,
  indices: usize,
  weights: usize,
  weighted: bool,
  first: i32,
  last: i32,
  dst: usize,
): bool {
  const scales = f32x4.splat(scale);
  const inverse = f32x4.splat(1 / scale);
  const low = f32x4.splat(<f32>lowestWhole(bits, false));
  const high = f32x4.splat(<f32>highestWhole(bits, false));
  let broken = i32x4.splat(0);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let position = first; position < last; position++) {
    const row = table + ((<usize>load<u32>(indices + (<usize>position << 2)) * cols) << 2);
    const w = weighted ? v128.load_splat<f32>(weights + (<usize>position << 2)) : f32x4.splat(1);
    const x = f32x4.mul(v128.load(row), inverse);
    const y = f32x4.mul(v128.load(row, 16), inverse);
    const z = f32x4.mul(v128.load(row, 32), inverse);
    const v = f32x4.mul(v128.load(row, 48), inverse);
    // NaN when one is, but also when infinities meet.
    const sum = f32x4.add(f32x4.add(x, y), f32x4.add(z, v));
    broken = v128.or(broken, f32x4.ne(sum, sum));
    a = f32x4.add(a, f32x4.mul(w, weightOf(x, low, high, scales)));
    b = f32x4.add(b, f32x4.mul(w, weightOf(y, low, high, scales)));
    c = f32x4.add(c, f32x4.mul(w, weightOf(z, low, high, scales)));
    d = f32x4.add(d, f32x4.mul(w, weightOf(v, low, high, scales)));
  }
  v128.store(dst, a);
  v128.store(dst, b, 16);
  v128.store(dst, c, 32);
  v128.store(dst, d, 48);
  return !v128.any_true(broken);
}

/** Gives the weights of the nearest codes; adding zero makes of -0 what a code gives. */
@inline
function weightOf(x: v128, low: v128, high: v128, scale: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.nearest(clampLanes(x, low, high)), scale), f32x4.splat(0));
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

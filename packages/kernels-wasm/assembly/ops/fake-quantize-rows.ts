import { clampLanes } from "../lanes";
import { ASYMMETRIC, DEAD_ZONE } from "./levels";
import { replaceByLevels } from "./quantize-levels";
import { highestWhole, lowestWhole } from "./quantize-span";

/** Replaces weights that share a scale by those of their nearest codes; dst may be src. Returns the first without a code, or -1. */
export function fakeQuantizeSpan(
  src: usize,
  dst: usize,
  count: i32,
  scale: f32,
  bias: f32,
  bits: i32,
  biased: bool,
): i32 {
  if (bits == 1 && !biased) return fakeQuantizeSigns(src, dst, count, scale);
  const lowest = <f32>lowestWhole(bits, biased);
  const highest = <f32>highestWhole(bits, biased);
  const inverse: f32 = 1 / scale;
  const low = f32x4.splat(lowest);
  const high = f32x4.splat(highest);
  const inverses = f32x4.splat(inverse);
  const scales = f32x4.splat(scale);
  const shift = f32x4.splat(bias);
  let i: usize = 0;
  const end = (<usize>count) << 2;
  for (; i + 16 <= end; i += 16) {
    const x = f32x4.mul(f32x4.sub(v128.load(src + i), shift), inverses);
    if (v128.any_true(f32x4.ne(x, x))) break;
    const whole = f32x4.nearest(clampLanes(x, low, high));
    v128.store(dst + i, f32x4.add(f32x4.mul(whole, scales), shift));
  }
  for (; i < end; i += 4) {
    const x = (load<f32>(src + i) - bias) * inverse;
    if (x != x) return <i32>(i >> 2);
    store<f32>(dst + i, nearest(min(max(x, lowest), highest)) * scale + bias);
  }
  return -1;
}

function fakeQuantizeSigns(src: usize, dst: usize, count: i32, scale: f32): i32 {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const weight = load<f32>(src + i);
    if (weight != weight) return <i32>(i >> 2);
    store<f32>(dst + i, weight >= 0 ? scale : -scale);
  }
  return -1;
}

/** Fake-quantizes rows; scales advance by `scaleStep` a row. Returns the position of the first weight that has no code, or -1. */
export function fakeQuantizeRows(
  src: usize,
  scale: usize,
  bias: usize,
  dst: usize,
  rows: i32,
  cols: i32,
  spanCols: i32,
  scaleStep: i32,
  bits: i32,
  scheme: i32,
  levels: usize,
): i32 {
  if (scheme >= DEAD_ZONE) {
    return replaceByLevels(src, scale, bias, dst, rows, cols, spanCols, scaleStep, bits, scheme, levels);
  }
  const biased = scheme == ASYMMETRIC;
  if (scaleStep == 0) {
    return fakeQuantizeSpan(src, dst, rows * cols, load<f32>(scale), biased ? load<f32>(bias) : 0, bits, biased);
  }
  for (let row = 0; row < rows; row++) {
    let slot = (<usize>(row * scaleStep)) << 2;
    for (let col = 0; col < cols; col += spanCols) {
      const count = min(spanCols, cols - col);
      const shift: f32 = biased ? load<f32>(bias + slot) : 0;
      const bad = fakeQuantizeSpan(src, dst, count, load<f32>(scale + slot), shift, bits, biased);
      if (bad >= 0) return row * cols + col + bad;
      src += (<usize>count) << 2;
      dst += (<usize>count) << 2;
      slot += 4;
    }
  }
  return -1;
}

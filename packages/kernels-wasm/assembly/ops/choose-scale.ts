import { INFINITE, peakBits } from "./peak";

/** Smallest peak that a scale is made of, as @dqrm/core has it. */
const MIN_PEAK: f32 = 1e-8;

/** Computes the scale of symmetric codes that cover a peak. */
export function scaleOfPeak(peak: f32, bits: i32): f32 {
  return max(peak, MIN_PEAK) / <f32>max(1, (1 << (bits - 1)) - 1);
}

/** Computes the scale of asymmetric codes that cover a width. */
export function scaleOfWidth(width: f32, bits: i32): f32 {
  return max(width, MIN_PEAK) / <f32>((1 << bits) - 1);
}

/**
 * Writes the scales (and biases) of rows, span by span.
 *
 * Returns where the first span begins whose weights are not finite or too far apart, or -1.
 */
export function chooseScale(
  src: usize,
  scale: usize,
  bias: usize,
  rows: i32,
  cols: i32,
  spanCols: i32,
  bits: i32,
  biased: bool,
): i32 {
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col += spanCols) {
      const count = min(spanCols, cols - col);
      const peak = peakBits(src, count);
      if (peak >= INFINITE) return row * cols + col;
      if (biased) {
        const low = lowest(src, count);
        const width = highest(src, count) - low;
        if (width == Infinity) return row * cols + col;
        store<f32>(scale, scaleOfWidth(width, bits));
        store<f32>(bias, low);
        bias += 4;
      } else store<f32>(scale, scaleOfPeak(reinterpret<f32>(peak), bits));
      scale += 4;
      src += (<usize>count) << 2;
    }
  }
  return -1;
}

/** Finds the lowest of finite floats; of zeros, the first, with its sign. */
export function lowest(src: usize, count: i32): f32 {
  let low = load<f32>(src);
  let i = 0;
  if (count >= 4) {
    let lanes = v128.load(src);
    for (; i + 4 <= count; i += 4) lanes = f32x4.pmin(lanes, v128.load(src + ((<usize>i) << 2)));
    low = min(
      min(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1)),
      min(f32x4.extract_lane(lanes, 2), f32x4.extract_lane(lanes, 3)),
    );
  }
  for (; i < count; i++) low = min(low, load<f32>(src + ((<usize>i) << 2)));
  if (low != 0) return low;
  for (i = 0; load<f32>(src + ((<usize>i) << 2)) != 0; i++);
  return load<f32>(src + ((<usize>i) << 2));
}

/** Finds the highest of finite floats. */
export function highest(src: usize, count: i32): f32 {
  let high = load<f32>(src);
  let i = 0;
  if (count >= 4) {
    let lanes = v128.load(src);
    for (; i + 4 <= count; i += 4) lanes = f32x4.pmax(lanes, v128.load(src + ((<usize>i) << 2)));
    high = max(
      max(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1)),
      max(f32x4.extract_lane(lanes, 2), f32x4.extract_lane(lanes, 3)),
    );
  }
  for (; i < count; i++) high = max(high, load<f32>(src + ((<usize>i) << 2)));
  return high;
}

import { rowPeak } from "./rows";

/** Smallest peak that a scale is made of; MIN_PEAK of the format. */
const MIN_PEAK: f32 = 1e-8;

/** Computes the scale of symmetric codes that cover a peak. */
export function scaleOf(peak: f32, bits: i32): f32 {
  // NaN goes through, so that the numbers made of it show it.
  return max<f32>(peak, MIN_PEAK) / <f32>max<i32>(1, (1 << (bits - 1)) - 1);
}

/** Replaces `count` weights that share a scale by the weights of their nearest codes. */
export function fakeQuantizeSpan(src: usize, dst: usize, count: i32, scale: f32, bits: i32): void {
  let c = 0;
  const wideScale = f32x4.splat(scale);
  const inverse = f32x4.splat(1 / scale);
  for (; c + 4 <= count; c += 4) {
    v128.store(dst, fakeQuantizeLanes(v128.load(src), wideScale, inverse, bits));
    src += 16;
    dst += 16;
  }
  for (; c < count; c++) {
    const lanes = fakeQuantizeLanes(f32x4.splat(load<f32>(src)), wideScale, inverse, bits);
    store<f32>(dst, f32x4.extract_lane(lanes, 0));
    src += 4;
    dst += 4;
  }
}

/** Replaces four weights by the weights of their nearest codes; NaN stays. */
@inline
export function fakeQuantizeLanes(weights: v128, scale: v128, inverse: v128, bits: i32): v128 {
  if (bits == 1) {
    const signed = v128.bitselect(scale, f32x4.neg(scale), f32x4.ge(weights, f32x4.splat(0)));
    return v128.bitselect(weights, signed, f32x4.ne(weights, weights));
  }
  const half = <f32>(1 << (bits - 1));
  // A NaN, as the first operand of both, stays.
  const raised = f32x4.pmax(f32x4.mul(weights, inverse), f32x4.splat(-half));
  const clamped = f32x4.pmin(raised, f32x4.splat(half - 1));
  return f32x4.mul(f32x4.nearest(clamped), scale);
}

/** Replaces a row by what its codes give, each span with the scale of its own largest weight. */
export function fakeQuantizeRow(src: usize, dst: usize, cols: i32, spanCols: i32, bits: i32): void {
  for (let col = 0; col < cols; col += spanCols) {
    const count = min<i32>(spanCols, cols - col);
    const at = (<usize>col) << 2;
    fakeQuantizeSpan(src + at, dst + at, count, scaleOf(rowPeak(src + at, count), bits), bits);
  }
}

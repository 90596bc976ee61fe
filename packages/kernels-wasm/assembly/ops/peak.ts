import { largestLane } from "../lanes";

/** Of floats without their sign, the larger as an integer is the larger as a float, infinity above all, NaN above it. */
const MAGNITUDE: i32 = 0x7fffffff;

/** Bits of infinity. */
export const INFINITE: i32 = 0x7f800000;

/** Finds the bits of the largest magnitude, those of a NaN when there is one. */
export function peakBits(src: usize, count: i32): i32 {
  const mask = i32x4.splat(MAGNITUDE);
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    a = i32x4.max_s(a, v128.and(v128.load(src), mask));
    b = i32x4.max_s(b, v128.and(v128.load(src, 16), mask));
    c = i32x4.max_s(c, v128.and(v128.load(src, 32), mask));
    d = i32x4.max_s(d, v128.and(v128.load(src, 48), mask));
    src += 64;
  }
  for (; i + 4 <= count; i += 4) {
    a = i32x4.max_s(a, v128.and(v128.load(src), mask));
    src += 16;
  }
  let peak = largestLane(i32x4.max_s(i32x4.max_s(a, b), i32x4.max_s(c, d)));
  for (; i < count; i++) {
    peak = max(peak, load<i32>(src) & MAGNITUDE);
    src += 4;
  }
  return peak;
}

/** Finds the largest magnitude, 0 when there is none, NaN when one is NaN. */
export function peakOf(src: usize, count: i32): f32 {
  return reinterpret<f32>(peakBits(src, count));
}

/** Finds the first element that is NaN or infinite, or -1. */
export function findNonFinite(src: usize, count: i32): i32 {
  const mask = i32x4.splat(INFINITE);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const magnitude = v128.and(v128.load(src + ((<usize>i) << 2)), mask);
    if (v128.any_true(i32x4.eq(magnitude, mask))) break;
  }
  for (; i < count; i++) {
    if ((load<i32>(src + ((<usize>i) << 2)) & INFINITE) == INFINITE) return i;
  }
  return -1;
}

import { largestLane } from "../lanes";
import { peakBits } from "./peak";

/** Gives values as they are sent: in place where nothing was lost before (residual 0), else their sums, in `room`. */
export function takeValues(src: usize, residual: usize, count: i32, room: usize): usize {
  if (residual == 0) return src;
  const bytes = (<usize>count) << 2;
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(room + i, f32x4.add(v128.load(src + i), v128.load(residual + i)));
  }
  return room;
}

/** Finds the bits of the largest magnitude of what is sent, those of a NaN when there is one. */
export function sentPeakBits(src: usize, residual: usize, count: i32): i32 {
  if (residual == 0) return peakBits(src, count);
  const mask = i32x4.splat(0x7fffffff);
  const bytes = (<usize>count) << 2;
  let a = i32x4.splat(0);
  let b = a;
  let i: usize = 0;
  for (; i + 32 <= bytes; i += 32) {
    a = i32x4.max_s(a, v128.and(f32x4.add(v128.load(src + i), v128.load(residual + i)), mask));
    b = i32x4.max_s(b, v128.and(f32x4.add(v128.load(src + i, 16), v128.load(residual + i, 16)), mask));
  }
  let peak = largestLane(i32x4.max_s(a, b));
  for (; i < bytes; i += 4) {
    peak = max(peak, reinterpret<i32>(load<f32>(src + i) + load<f32>(residual + i)) & 0x7fffffff);
  }
  return peak;
}

/** Gives the mean magnitude of what is sent, summed in order. */
export function meanMagnitude(src: usize, residual: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    const value = residual == 0 ? load<f32>(src + at) : load<f32>(src + at) + load<f32>(residual + at);
    sum += abs(<f64>value);
  }
  return sum / <f64>count;
}

// Magnitudes of floats in the order of their bits: an integer maximum is one instruction where that of floats takes many,
// and NaN, whose bits are above those of infinity, stays.

const MAGNITUDE: i32 = 0x7fffffff;

/** Gives, for each lane, the larger of a magnitude and that of a float. */
@inline
export function largerMagnitude(peak: v128, floats: v128): v128 {
  return i32x4.max_s(peak, v128.and(floats, i32x4.splat(MAGNITUDE)));
}

/** Gives the largest of four magnitudes, NaN when one is NaN. */
@inline
export function largestMagnitude(peaks: v128): f32 {
  const pairs = i32x4.max_s(peaks, v128.shuffle<i32>(peaks, peaks, 2, 3, 0, 1));
  return reinterpret<f32>(max<i32>(i32x4.extract_lane(pairs, 0), i32x4.extract_lane(pairs, 1)));
}

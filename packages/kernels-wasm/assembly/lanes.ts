/** Adding 1.5 × 2^23 leaves a float of magnitude below 2^22 no fraction bits: the addition itself rounds halves to even. */
const TO_INTEGER: f32 = 12582912;

/** Rounds four floats of magnitude below 2^22 to the nearest integers, halves to even. */
// @ts-ignore: decorator
@inline
export function toIntegers(x: v128): v128 {
  return i32x4.sub(f32x4.add(x, f32x4.splat(TO_INTEGER)), f32x4.splat(TO_INTEGER));
}

/** Clamps four floats, none of them NaN. */
// @ts-ignore: decorator
@inline
export function clampLanes(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(high, f32x4.pmax(low, x));
}

/** Finds the largest of four integers. */
// @ts-ignore: decorator
@inline
export function largestLane(x: v128): i32 {
  const pairs = i32x4.max_s(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  const all = i32x4.max_s(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2));
  return i32x4.extract_lane(all, 0);
}

/** Adds four floats in pairs. */
// @ts-ignore: decorator
@inline
export function sumLanes(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Adding 1.5 × 2^23 leaves a float of magnitude below 2^22 no fraction bits: the addition itself rounds halves to even. */
const TO_INTEGER: f32 = 12582912;

/** Rounds four floats of magnitude below 2^22 to the nearest integers, halves to even. */
@inline
export function toIntegers(x: v128): v128 {
  return i32x4.sub(f32x4.add(x, f32x4.splat(TO_INTEGER)), f32x4.splat(TO_INTEGER));
}

/** Clamps four floats, none of them NaN. */
@inline
export function clampLanes(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(high, f32x4.pmax(low, x));
}

/** Finds the largest of four integers. */
@inline
export function largestLane(x: v128): i32 {
  const pairs = i32x4.max_s(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  const all = i32x4.max_s(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2));
  return i32x4.extract_lane(all, 0);
}

/** Adds four floats in pairs. */
@inline
export function sumLanes(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Adds the lanes of four vectors, each in the order of {@link sumLanes}. */
@inline
export function sumFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
  return f32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}

/** Stores the first `lanes` of four floats. */
@inline
export function storeLanes(to: usize, x: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(to, x);
    return;
  }
  v128.store32_lane(to, x, 0);
  if (lanes > 1) v128.store32_lane(to, x, 1, 4);
  if (lanes > 2) v128.store32_lane(to, x, 2, 8);
}

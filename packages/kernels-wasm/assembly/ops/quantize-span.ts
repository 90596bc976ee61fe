import { clampLanes, toIntegers } from "../lanes";
import { uniformLanes } from "./threefry";

/** Gives the lowest whole number that has a code. */
// @ts-ignore: decorator
@inline
export function lowestWhole(bits: i32, biased: bool): i32 {
  return biased ? 0 : -(1 << (bits - 1));
}

/** Gives the highest whole number that has a code. */
// @ts-ignore: decorator
@inline
export function highestWhole(bits: i32, biased: bool): i32 {
  return (1 << (biased ? bits : bits - 1)) - 1;
}

/** Quantizes weights that share a scale to the nearest codes. Returns the first weight that has no code, or -1. */
export function quantizeNearest(
  src: usize,
  codes: usize,
  count: i32,
  scale: f32,
  bias: f32,
  bits: i32,
  biased: bool,
): i32 {
  if (bits == 1 && !biased) return quantizeSigns(src, codes, count);
  const lowest = lowestWhole(bits, biased);
  const low = f32x4.splat(<f32>lowest);
  const high = f32x4.splat(<f32>highestWhole(bits, biased));
  const offset = i32x4.splat(-lowest);
  const inverse = f32x4.splat(1 / scale);
  const shift = f32x4.splat(bias);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const x = f32x4.mul(f32x4.sub(v128.load(src + (<usize>i << 2)), shift), inverse);
    if (v128.any_true(f32x4.ne(x, x))) break;
    const wide = i32x4.add(toIntegers(clampLanes(x, low, high)), offset);
    store<u64>(codes + (<usize>i << 1), i64x2.extract_lane(i16x8.narrow_i32x4_u(wide, wide), 0));
  }
  for (; i < count; i++) {
    const x = (load<f32>(src + (<usize>i << 2)) - bias) * (1 / scale);
    if (x != x) return i;
    const whole = nearest(min(max(x, <f32>lowest), <f32>highestWhole(bits, biased)));
    store<u16>(codes + (<usize>i << 1), <i32>whole - lowest);
  }
  return -1;
}

function quantizeSigns(src: usize, codes: usize, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const weight = load<f32>(src + (<usize>i << 2));
    if (weight != weight) return i;
    store<u16>(codes + (<usize>i << 1), weight >= 0 ? 1 : 0);
  }
  return -1;
}

/**
 * Quantizes weights that share a scale up or down by chance; counter is that of the first weight.
 *
 * Returns the first weight that has no code, or -1.
 */
export function quantizeStochastic(
  src: usize,
  codes: usize,
  count: i32,
  scale: f32,
  bias: f32,
  bits: i32,
  biased: bool,
  seed: i32,
  stream: i32,
  counter: u64,
): i32 {
  const sign = bits == 1 && !biased;
  const lowest: f64 = sign ? 0 : <f64>lowestWhole(bits, biased);
  const highest: f64 = sign ? 1 : <f64>highestWhole(bits, biased);
  const inverse: f32 = 1 / scale;
  let uniforms = f64x2.splat(0);
  for (let i = 0; i < count; i++) {
    const x = (load<f32>(src + (<usize>i << 2)) - bias) * inverse;
    if (x != x) return i;
    if ((i & 1) == 0) uniforms = uniformLanes(seed, stream, counter + i);
    const uniform = i & 1 ? f64x2.extract_lane(uniforms, 1) : f64x2.extract_lane(uniforms, 0);
    const place: f64 = sign ? (min(max(<f64>x, -1), 1) + 1) / 2 : <f64>x;
    const whole = min(max(floor(place + uniform), lowest), highest);
    store<u16>(codes + (<usize>i << 1), <i32>(whole - lowest));
  }
  return -1;
}

import { clampLanes, toIntegers } from "../lanes";
import { storeSixteen } from "./sixteen";
import { drawFour, firstUniforms, lastUniforms } from "./threefry";

/** Gives the lowest whole number that has a code. */
@inline
export function lowestWhole(bits: i32, biased: bool): i32 {
  return biased ? 0 : -(1 << (bits - 1));
}

/** Gives the highest whole number that has a code. */
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

/**
 * Quantizes and packs a run of sixteens to the nearest codes of 4 or 8 bits.
 *
 * Returns whether every weight has a code.
 */
export function quantizeSixteens(
  src: usize,
  dst: usize,
  count: i32,
  scale: f32,
  bias: f32,
  bits: i32,
  biased: bool,
): bool {
  const lowest = lowestWhole(bits, biased);
  const low = f32x4.splat(<f32>lowest);
  const high = f32x4.splat(<f32>highestWhole(bits, biased));
  const offset = i16x8.splat(<i16>-lowest);
  const inverse = f32x4.splat(1 / scale);
  const shift = f32x4.splat(bias);
  let broken = i32x4.splat(0);
  for (let i = 0; i < count; i += 16) {
    const a = f32x4.mul(f32x4.sub(v128.load(src), shift), inverse);
    const b = f32x4.mul(f32x4.sub(v128.load(src, 16), shift), inverse);
    const c = f32x4.mul(f32x4.sub(v128.load(src, 32), shift), inverse);
    const d = f32x4.mul(f32x4.sub(v128.load(src, 48), shift), inverse);
    // A sum of four is NaN when one is, but also when infinities meet: what is odd is looked at again, weight by weight.
    const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    broken = v128.or(broken, f32x4.ne(sum, sum));
    const first = i16x8.narrow_i32x4_s(toIntegers(clampLanes(a, low, high)), toIntegers(clampLanes(b, low, high)));
    const last = i16x8.narrow_i32x4_s(toIntegers(clampLanes(c, low, high)), toIntegers(clampLanes(d, low, high)));
    storeSixteen(dst, i8x16.narrow_i16x8_u(i16x8.add(first, offset), i16x8.add(last, offset)), bits);
    src += 64;
    dst += bits << 1;
  }
  return !v128.any_true(broken);
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
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const x = f32x4.mul(f32x4.sub(v128.load(src + (<usize>i << 2)), f32x4.splat(bias)), f32x4.splat(inverse));
    if (v128.any_true(f32x4.ne(x, x))) break;
    drawFour(seed, stream, counter + i);
    const low = placeTwo(f64x2.promote_low_f32x4(x), firstUniforms(), sign, lowest, highest);
    const above = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
    const high = placeTwo(above, lastUniforms(), sign, lowest, highest);
    const wide = v128.shuffle<i64>(low, high, 0, 2);
    v128.store64_lane(codes + (<usize>i << 1), i16x8.narrow_i32x4_u(wide, wide), 0);
  }
  for (; i < count; i++) {
    const x = (load<f32>(src + (<usize>i << 2)) - bias) * inverse;
    if (x != x) return i;
    drawFour(seed, stream, counter + i);
    const code = placeTwo(f64x2.splat(<f64>x), firstUniforms(), sign, lowest, highest);
    store<u16>(codes + (<usize>i << 1), i32x4.extract_lane(code, 0));
  }
  return -1;
}

/** Gives the codes of two places between whole numbers, each moved up by its uniform number, then cut. */
@inline
function placeTwo(x: v128, uniforms: v128, sign: bool, lowest: f64, highest: f64): v128 {
  let place = x;
  if (sign) {
    // A sign has codes at x = -1 and x = 1: halfway in between, both are equally likely.
    const one = f64x2.splat(1);
    place = f64x2.mul(f64x2.add(f64x2.pmin(one, f64x2.pmax(f64x2.splat(-1), x)), one), f64x2.splat(0.5));
  }
  const whole = f64x2.floor(f64x2.add(place, uniforms));
  const kept = f64x2.pmin(f64x2.splat(highest), f64x2.pmax(f64x2.splat(lowest), whole));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.sub(kept, f64x2.splat(lowest)));
}

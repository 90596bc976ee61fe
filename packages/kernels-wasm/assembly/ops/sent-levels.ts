import { packBytes } from "./sent-pack";

/** Adding 1.5 × 2^52 leaves a double no fraction bits: the addition itself rounds halves to even. */
const TO_WHOLE: f64 = 6755399441055744;

/** The same for floats, 1.5 × 2^23: the sum's bits count whole numbers from its own. */
const TO_INTEGER: f32 = 12582912;

/** Values that are rounded anew together where one of them is too near to where rounding turns. */
const ROUNDED_AT_ONCE: i32 = 64;

/** Products with reciprocals of other scales may leave the normal floats. */
const LARGEST_SCALE: f32 = 1.2676506002282294e30;

/** Rounds two values to whole levels; those of draws go up or down. */
@inline
function wholeLevels(values: v128, scale: v128, draws: v128, stochastic: bool): v128 {
  const level = f64x2.div(f64x2.promote_low_f32x4(values), scale);
  if (!stochastic) return f64x2.sub(f64x2.add(level, f64x2.splat(TO_WHOLE)), f64x2.splat(TO_WHOLE));
  const share = f64x2.add(f64x2.convert_low_i32x4_u(draws), f64x2.splat(0.5));
  return f64x2.floor(f64x2.add(level, f64x2.mul(share, f64x2.splat(1.0 / 65536))));
}

/** Stores the first `some` of four floats, at most all. */
@inline
function storeFirst(to: usize, values: v128, some: i32): void {
  if (some >= 4) {
    v128.store(to, values);
    return;
  }
  v128.store32_lane(to, values, 0);
  if (some > 1) v128.store32_lane(to + 4, values, 1);
  if (some > 2) v128.store32_lane(to + 8, values, 2);
}

/** Rounds values as the definition says; reads and writes levels up to three beyond the last. */
function roundByDivision(
  values: usize,
  count: i32,
  scale: f32,
  limit: i32,
  draws: usize,
  levels: usize,
  left: usize,
): void {
  const divisor = f64x2.splat(<f64>scale);
  const factor = f32x4.splat(scale);
  const high = i32x4.splat(limit);
  const low = i32x4.splat(-limit);
  const stochastic = draws != 0;
  for (let i = 0; i < count; i += 4) {
    const some = v128.load(values + ((<usize>i) << 2));
    const four = stochastic ? i32x4.extend_low_i16x8_u(v128.load64_zero(draws + ((<usize>i) << 1))) : high;
    const a = wholeLevels(some, divisor, four, stochastic);
    const b = wholeLevels(
      v128.shuffle<i64>(some, some, 1, 0),
      divisor,
      v128.shuffle<i64>(four, four, 1, 0),
      stochastic,
    );
    const whole = v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(a), i32x4.trunc_sat_f64x2_s_zero(b), 0, 2);
    const clamped = i32x4.max_s(low, i32x4.min_s(high, whole));
    v128.store64_lane(levels + ((<usize>i) << 1), i16x8.narrow_i32x4_s(clamped, clamped), 0);
    if (left == 0) continue;
    const lost = f32x4.sub(some, f32x4.mul(f32x4.convert_i32x4_s(clamped), factor));
    storeFirst(left + ((<usize>i) << 2), lost, count - i);
  }
}

/** Gives the distance from a whole number from which on a product may round to another one than its quotient. */
@inline
function turnOf(limit: i32): f32 {
  return 0.5 - <f32>(limit + 1) / <f32>(1 << 22);
}

/**
 * Rounds products with 1/scale in floats; false where one is so near to where rounding turns that its quotient may be on the
 * other side. Away from there the floor of a number is what the number less a half is rounded to, and none is beyond the limit.
 *
 * A product is off the quotient by less than |quotient| × 2^-23, and the sum with a draw by less than (limit + 1) × 2^-24 more.
 */
function roundInFloats(
  values: usize,
  count: i32,
  scale: f32,
  limit: i32,
  draws: usize,
  levels: usize,
  left: usize,
): bool {
  const reciprocal = f32x4.splat(1 / scale);
  const factor = f32x4.splat(scale);
  const toWhole = f32x4.splat(TO_INTEGER);
  const turn = f32x4.splat(turnOf(limit));
  let turns = i32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const some = v128.load(values + ((<usize>i) << 2));
    let level = f32x4.mul(some, reciprocal);
    if (draws != 0) {
      const four = i32x4.extend_low_i16x8_u(v128.load64_zero(draws + ((<usize>i) << 1)));
      const share = f32x4.sub(f32x4.convert_i32x4_s(four), f32x4.splat(32767.5));
      level = f32x4.add(level, f32x4.mul(share, f32x4.splat(1.0 / 65536)));
    }
    const sum = f32x4.add(level, toWhole);
    const whole = f32x4.sub(sum, toWhole);
    turns = v128.or(turns, f32x4.gt(f32x4.abs(f32x4.sub(level, whole)), turn));
    const integers = i32x4.sub(sum, toWhole);
    v128.store64_lane(levels + ((<usize>i) << 1), i16x8.narrow_i32x4_s(integers, integers), 0);
    if (left == 0) continue;
    storeFirst(left + ((<usize>i) << 2), f32x4.sub(some, f32x4.mul(whole, factor)), count - i);
  }
  return !v128.any_true(turns);
}

/** Tells whether floats are enough: levels have few bits, and neither 1/scale nor a product with it leaves the normal floats. */
@inline
function areFloatsEnough(limit: i32, scale: f32): bool {
  return limit <= 127 && scale < LARGEST_SCALE && scale > 1 / LARGEST_SCALE;
}

/**
 * Rounds values to levels within ±limit, by draws where there are any, and keeps what levels lack of them where that is asked for;
 * reads and writes levels up to three beyond the last.
 */
export function roundLevels(
  values: usize,
  count: i32,
  scale: f32,
  limit: i32,
  draws: usize,
  levels: usize,
  left: usize,
): void {
  const floats = areFloatsEnough(limit, scale);
  for (let i = 0; i < count; i += ROUNDED_AT_ONCE) {
    const some = min(count - i, ROUNDED_AT_ONCE);
    const from = values + ((<usize>i) << 2);
    const own = draws == 0 ? 0 : draws + ((<usize>i) << 1);
    const to = levels + ((<usize>i) << 1);
    const lost = left == 0 ? 0 : left + ((<usize>i) << 2);
    if (floats && roundInFloats(from, some, scale, limit, own, to, lost)) continue;
    roundByDivision(from, some, scale, limit, own, to, lost);
  }
}

/** As {@link roundInFloats} for levels of 8 bits, sixteen at a time: without draws, and nothing is kept. */
function roundToBytes(values: usize, count: i32, scale: f32, codes: usize): bool {
  const reciprocal = f32x4.splat(1 / scale);
  const toWhole = f32x4.splat(TO_INTEGER);
  let farthest = f32x4.splat(0);
  for (let i = 0; i < count; i += 16) {
    const a = f32x4.mul(v128.load(values), reciprocal);
    const b = f32x4.mul(v128.load(values, 16), reciprocal);
    const c = f32x4.mul(v128.load(values, 32), reciprocal);
    const d = f32x4.mul(v128.load(values, 48), reciprocal);
    const wholeA = f32x4.add(a, toWhole);
    const wholeB = f32x4.add(b, toWhole);
    const wholeC = f32x4.add(c, toWhole);
    const wholeD = f32x4.add(d, toWhole);
    const nearer = f32x4.pmax(distance(a, wholeA, toWhole), distance(b, wholeB, toWhole));
    const farther = f32x4.pmax(distance(c, wholeC, toWhole), distance(d, wholeD, toWhole));
    farthest = f32x4.pmax(farthest, f32x4.pmax(nearer, farther));
    const low = i16x8.narrow_i32x4_s(i32x4.sub(wholeA, toWhole), i32x4.sub(wholeB, toWhole));
    const high = i16x8.narrow_i32x4_s(i32x4.sub(wholeC, toWhole), i32x4.sub(wholeD, toWhole));
    v128.store(codes, i8x16.narrow_i16x8_s(low, high));
    values += 64;
    codes += 16;
  }
  return !v128.any_true(f32x4.gt(farthest, f32x4.splat(turnOf(127))));
}

/** Says how far numbers are from what they were rounded to, to which `toWhole` was added. */
@inline
function distance(level: v128, shifted: v128, toWhole: v128): v128 {
  return f32x4.abs(f32x4.sub(level, f32x4.sub(shifted, toWhole)));
}

/** Rounds values to codes of a byte, without draws, and keeps nothing; `levels` has room for as many. */
export function roundBytes(values: usize, count: i32, scale: f32, codes: usize, levels: usize): void {
  const sixteens = count & ~15;
  const done = areFloatsEnough(127, scale) && roundToBytes(values, sixteens, scale, codes) ? sixteens : 0;
  roundLevels(values + ((<usize>done) << 2), count - done, scale, 127, 0, levels, 0);
  packBytes(levels, count - done, codes + done);
}

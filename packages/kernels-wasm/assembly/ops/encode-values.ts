import { peakBits, INFINITE } from "./peak";
import { drawValues } from "./sent-draws";
import { codeBytesOf, levelLimit, scaleOf, SENT_AT_ONCE } from "./sent-layout";
import { packLevels } from "./sent-pack";

/** Adding 1.5 × 2^52 leaves a double no fraction bits: the addition itself rounds halves to even. */
const TO_WHOLE: f64 = 6755399441055744;

/** Writes a scale as the reader will see it: not below `scale`, but so that its product with the peak is finite. */
function writeScale(at: usize, stride: i32, scale: f64, peak: f32): void {
  const rounded = <f32>scale;
  let bits = reinterpret<u32>(rounded);
  if (<f64>rounded < scale) bits++;
  if (stride == 2 && (bits & 0xffff) != 0) bits = (bits & 0xffff0000) + 0x10000;
  const step: u32 = stride == 2 ? 0x10000 : 1;
  while ((reinterpret<u32>(reinterpret<f32>(bits) * peak) & INFINITE) == INFINITE) bits -= step;
  if (stride == 2) store<u16>(at, <u16>(bits >> 16));
  else store<u32>(at, bits);
}

/** Gives the mean magnitude, summed in order. */
function meanMagnitude(src: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) sum += abs(<f64>load<f32>(src + ((<usize>i) << 2)));
  return sum / <f64>count;
}

/** Writes the scales of all groups; false when a value is NaN or infinite. */
export function writeScales(
  src: usize,
  total: i32,
  groupValues: i32,
  coding: i32,
  stride: i32,
  scales: usize,
): bool {
  const peak = <f32>levelLimit(coding);
  for (let begin = 0; begin < total; begin += groupValues) {
    const count = min(groupValues, total - begin);
    const from = src + ((<usize>begin) << 2);
    const bits = peakBits(from, count);
    if (bits >= INFINITE) return false;
    if (stride > 0) {
      const scale = coding == 5 ? meanMagnitude(from, count) : <f64>reinterpret<f32>(bits) / <f64>peak;
      writeScale(scales, stride, scale, peak);
      scales += stride;
    }
  }
  return true;
}

/** Rounds two values to whole levels; those of draws go up or down. */
@inline
function wholeLevels(values: v128, scale: v128, draws: v128, stochastic: bool): v128 {
  const level = f64x2.div(f64x2.promote_low_f32x4(values), scale);
  if (!stochastic) return f64x2.sub(f64x2.add(level, f64x2.splat(TO_WHOLE)), f64x2.splat(TO_WHOLE));
  const share = f64x2.add(f64x2.convert_low_i32x4_u(draws), f64x2.splat(0.5));
  return f64x2.floor(f64x2.add(level, f64x2.mul(share, f64x2.splat(1.0 / 65536))));
}

/** Rounds values to levels within ±limit; reads and writes up to three beyond the last. */
function writeLevels(
  src: usize,
  count: i32,
  scale: f32,
  limit: i32,
  draws: usize,
  stochastic: bool,
  levels: usize,
): void {
  const divisor = f64x2.splat(<f64>(scale == 0 ? 1 : scale));
  const high = i32x4.splat(limit);
  const low = i32x4.splat(-limit);
  for (let i = 0; i < count; i += 4) {
    const values = v128.load(src + ((<usize>i) << 2));
    const four = stochastic ? i32x4.extend_low_i16x8_u(v128.load64_zero(draws + ((<usize>i) << 1))) : high;
    const a = wholeLevels(values, divisor, four, stochastic);
    const b = wholeLevels(
      v128.shuffle<i64>(values, values, 1, 0),
      divisor,
      v128.shuffle<i64>(four, four, 1, 0),
      stochastic,
    );
    const whole = v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(a), i32x4.trunc_sat_f64x2_s_zero(b), 0, 2);
    const clamped = i32x4.max_s(low, i32x4.min_s(high, whole));
    v128.store64_lane(levels + ((<usize>i) << 1), i16x8.narrow_i32x4_s(clamped, clamped), 0);
  }
}

/**
 * Writes the codes of values whose scales stand already.
 *
 * @param room for the levels and draws of as many values as are coded at a time, and the words of draws
 */
export function encodeLevels(
  rows: usize,
  src: usize,
  total: i32,
  cols: i32,
  groupValues: i32,
  coding: i32,
  stride: i32,
  scales: usize,
  codes: usize,
  stochastic: bool,
  seed: i32,
  stream: i32,
  room: usize,
): void {
  const levels = room;
  const draws = room + 2 * SENT_AT_ONCE + 64;
  const words = draws + 2 * SENT_AT_ONCE + 64;
  const limit = levelLimit(coding);
  let groupEnd = 0;
  let scale: f32 = 0;
  for (let first = 0; first < total; first += SENT_AT_ONCE) {
    const count = min(SENT_AT_ONCE, total - first);
    if (stochastic) drawValues(rows, first, count, cols, seed, stream, words, draws);
    for (let i = 0; i < count; ) {
      if (first + i == groupEnd) {
        scale = scaleOf(scales, stride);
        scales += stride;
        groupEnd = total - groupEnd > groupValues ? groupEnd + groupValues : total;
      }
      const end = min(count, groupEnd - first);
      const from = src + ((<usize>(first + i)) << 2);
      const to = levels + ((<usize>i) << 1);
      writeLevels(from, end - i, scale, limit, draws + ((<usize>i) << 1), stochastic, to);
      i = end;
    }
    packLevels(levels, count, coding, codes + codeBytesOf(coding, first));
  }
}

/** Writes a bit for each value, 1 where it is not negative. */
export function encodeSigns(src: usize, total: i32, codes: usize): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 8 <= total; i += 8) {
    const low = i32x4.bitmask(f32x4.ge(v128.load(src), zero));
    const high = i32x4.bitmask(f32x4.ge(v128.load(src, 16), zero));
    store<u8>(codes++, low | (high << 4));
    src += 32;
  }
  if (i == total) return;
  let code = 0;
  for (let bit = 0; i < total; i++, bit++, src += 4) code |= load<f32>(src) >= 0 ? 1 << bit : 0;
  store<u8>(codes, code);
}

/** Writes the upper halves of values, rounded to nearest even, none to infinity. */
export function encodeHalves(src: usize, total: i32, codes: usize): void {
  for (let i = 0; i < total; i++) {
    const bits = load<u32>(src + ((<usize>i) << 2));
    const rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    store<u16>(codes + ((<usize>i) << 1), <u16>((rounded & 0x7fff) == 0x7f80 ? rounded - 1 : rounded));
  }
}

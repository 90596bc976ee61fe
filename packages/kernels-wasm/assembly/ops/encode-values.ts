import { INFINITE, peakBits } from "./peak";
import { drawValues } from "./sent-draws";
import { encodeFloats, encodeHalves } from "./sent-floats";
import { codeBytesOf, levelLimit, scaleOf, SENT_AT_ONCE } from "./sent-layout";
import { roundBytes, roundLevels } from "./sent-levels";
import { packLevels } from "./sent-pack";
import { encodeSigns, keepSigns } from "./sent-signs";
import { meanMagnitude, sentPeakBits, takeValues } from "./sent-source";

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

/** Writes the scale of a group; false when a value is NaN or infinite. */
function writeGroupScale(
  src: usize,
  residual: usize,
  count: i32,
  coding: i32,
  stride: i32,
  scales: usize,
): bool {
  const bits = sentPeakBits(src, residual, count);
  if (bits >= INFINITE) return false;
  const peak = <f32>levelLimit(coding);
  const scale = coding == 5 ? meanMagnitude(src, residual, count) : <f64>reinterpret<f32>(bits) / <f64>peak;
  writeScale(scales, stride, scale, peak);
  return true;
}

/**
 * Writes the scales of groups and their codes, each group while it is in the cache; false when a value is NaN or infinite.
 *
 * With a residual, not 0, its sums with the values are sent, and `left` gets what readers lack of them.
 *
 * @param room for the levels and draws of as many values as are coded at a time, the words of draws, and their sums
 */
export function encodeLevels(
  rows: usize,
  src: usize,
  residual: usize,
  left: usize,
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
): bool {
  const levels = room;
  const draws = levels + 2 * SENT_AT_ONCE + 64;
  const sums = draws + 2 * SENT_AT_ONCE + 64;
  const words = sums + 4 * SENT_AT_ONCE;
  const limit = levelLimit(coding);
  const direct = coding == 1 && !stochastic && left == 0;
  let groupEnd = 0;
  let scale: f32 = 0;
  for (let first = 0; first < total; first += SENT_AT_ONCE) {
    const count = min(SENT_AT_ONCE, total - first);
    const at = (<usize>first) << 2;
    const values = takeValues(src + at, residual == 0 ? 0 : residual + at, count, sums);
    if (stochastic) drawValues(rows, first, count, cols, seed, stream, words, draws);
    for (let i = 0; i < count; ) {
      if (first + i == groupEnd) {
        const group = min(groupValues, total - groupEnd);
        const from = (<usize>groupEnd) << 2;
        const lost = residual == 0 ? 0 : residual + from;
        if (!writeGroupScale(src + from, lost, group, coding, stride, scales)) return false;
        scale = scaleOf(scales, stride);
        scales += stride;
        groupEnd += group;
      }
      const end = min(count, groupEnd - first);
      const from = values + ((<usize>i) << 2);
      const kept = left == 0 ? 0 : left + at + ((<usize>i) << 2);
      // Where all values are zero any scale gives their codes.
      const step: f32 = scale == 0 ? 1 : scale;
      const own = stochastic ? draws + ((<usize>i) << 1) : 0;
      if (direct) roundBytes(from, end - i, step, codes + first + i, levels);
      else if (coding != 5) roundLevels(from, end - i, step, limit, own, levels + ((<usize>i) << 1), kept);
      else if (kept != 0) keepSigns(from, end - i, scale, kept);
      i = end;
    }
    if (direct) continue;
    const to = codes + codeBytesOf(coding, first);
    if (coding == 5) encodeSigns(values, count, to);
    else packLevels(levels, count, coding, to);
  }
  return true;
}

/** Writes values as floats, or as their upper halves; the rest as {@link encodeLevels}. */
export function encodeNumbers(
  src: usize,
  residual: usize,
  left: usize,
  total: i32,
  halves: bool,
  codes: usize,
  room: usize,
): bool {
  for (let first = 0; first < total; first += SENT_AT_ONCE) {
    const count = min(SENT_AT_ONCE, total - first);
    const at = (<usize>first) << 2;
    const values = takeValues(src + at, residual == 0 ? 0 : residual + at, count, room);
    if (peakBits(values, count) >= INFINITE) return false;
    const kept = left == 0 ? 0 : left + at;
    if (halves) encodeHalves(values, count, codes + (at >> 1), kept);
    else encodeFloats(values, count, codes + at, kept);
  }
  return true;
}

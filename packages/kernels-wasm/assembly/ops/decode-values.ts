import { INFINITE } from "./peak";
import { codeBytesOf, levelLimit, scaleOf, SENT_AT_ONCE } from "./sent-layout";

/** Unpacks bytes to levels; false when a code is none. */
function unpackLevels(codes: usize, bytes: i32, coding: i32, levels: usize): bool {
  if (coding == 1) return unpackBytes(codes, bytes, levels);
  if (coding == 3) return unpackNibbles(codes, bytes, levels);
  if (coding == 4) return unpackDigits(codes, bytes, levels);
  let bad = false;
  if (coding == 2) {
    memory.copy(levels, codes, bytes);
    for (let i: usize = 0; i < <usize>bytes; i += 2) bad = bad || load<i16>(levels + i) == -32768;
    return !bad;
  }
  for (let i = 0; i < bytes; i++) {
    const code = <i32>load<u8>(codes + i);
    for (let bit = 0; bit < 8; bit++, levels += 2) store<i16>(levels, ((code >> bit) & 1) * 2 - 1);
  }
  return true;
}

function unpackBytes(codes: usize, bytes: i32, levels: usize): bool {
  const none = i8x16.splat(-128);
  let bad = i8x16.splat(0);
  let i = 0;
  for (; i + 16 <= bytes; i += 16) {
    const some = v128.load(codes + i);
    bad = v128.or(bad, i8x16.eq(some, none));
    v128.store(levels, i16x8.extend_low_i8x16_s(some));
    v128.store(levels, i16x8.extend_high_i8x16_s(some), 16);
    levels += 32;
  }
  let wrong = v128.any_true(bad);
  for (; i < bytes; i++, levels += 2) {
    const level = load<i8>(codes + i);
    wrong = wrong || level == -128;
    store<i16>(levels, level);
  }
  return !wrong;
}

function unpackNibbles(codes: usize, bytes: i32, levels: usize): bool {
  const eight = i8x16.splat(8);
  const none = i8x16.splat(-8);
  let bad = i8x16.splat(0);
  let i = 0;
  for (; i + 16 <= bytes; i += 16) {
    const some = v128.load(codes + i);
    const low = i8x16.sub(v128.and(some, i8x16.splat(15)), eight);
    const high = i8x16.sub(i8x16.shr_u(some, 4), eight);
    bad = v128.or(bad, v128.or(i8x16.eq(low, none), i8x16.eq(high, none)));
    const a = v128.shuffle<i8>(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const b = v128.shuffle<i8>(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(levels, i16x8.extend_low_i8x16_s(a));
    v128.store(levels, i16x8.extend_high_i8x16_s(a), 16);
    v128.store(levels, i16x8.extend_low_i8x16_s(b), 32);
    v128.store(levels, i16x8.extend_high_i8x16_s(b), 48);
    levels += 64;
  }
  let wrong = v128.any_true(bad);
  for (; i < bytes; i++, levels += 4) {
    const code = <i32>load<u8>(codes + i);
    wrong = wrong || (code & 15) == 0 || code >> 4 == 0;
    store<i16>(levels, (code & 15) - 8);
    store<i16>(levels, (code >> 4) - 8, 2);
  }
  return !wrong;
}

function unpackDigits(codes: usize, bytes: i32, levels: usize): bool {
  let wrong = false;
  for (let i = 0; i < bytes; i++, levels += 10) {
    const code = <u32>load<u8>(codes + i);
    wrong = wrong || code >= 243;
    store<i16>(levels, (code % 3) - 1);
    store<i16>(levels, ((code / 3) % 3) - 1, 2);
    store<i16>(levels, ((code / 9) % 3) - 1, 4);
    store<i16>(levels, ((code / 27) % 3) - 1, 6);
    store<i16>(levels, code / 81 - 1, 8);
  }
  return !wrong;
}

/** Multiplies levels by their scale. */
function multiplyLevels(levels: usize, count: i32, scale: f32, dst: usize): void {
  const factor = f32x4.splat(scale);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const four = i32x4.extend_low_i16x8_s(v128.load64_zero(levels));
    v128.store(dst, f32x4.mul(f32x4.convert_i32x4_s(four), factor));
    levels += 8;
    dst += 16;
  }
  for (; i < count; i++, levels += 2, dst += 4) store<f32>(dst, <f32>load<i16>(levels) * scale);
}

/** Overwrites values with levels × scales; false when a scale or a code is none. The bits behind the last code are zero. */
export function decodeLevels(
  scales: usize,
  codes: usize,
  total: i32,
  groupValues: i32,
  coding: i32,
  stride: i32,
  dst: usize,
  levels: usize,
): bool {
  const peak = <f32>levelLimit(coding);
  let groupEnd = 0;
  let scale: f32 = 0;
  for (let first = 0; first < total; first += SENT_AT_ONCE) {
    const count = min(SENT_AT_ONCE, total - first);
    // An odd last code of four bits is looked at alone: the filling behind it would be none.
    const odd = coding == 3 && (count & 1) != 0;
    const bytes = codeBytesOf(coding, count) - (odd ? 1 : 0);
    const from = codes + codeBytesOf(coding, first);
    if (!unpackLevels(from, bytes, coding, levels)) return false;
    if (odd) {
      const last = <i32>load<u8>(from + bytes);
      if (last == 0) return false;
      store<i16>(levels + ((<usize>(count - 1)) << 1), last - 8);
    }
    for (let i = 0; i < count;) {
      if (first + i == groupEnd) {
        scale = scaleOf(scales, stride);
        const bits = reinterpret<u32>(scale);
        if (bits >= 0x80000000 || (reinterpret<u32>(scale * peak) & INFINITE) == INFINITE) return false;
        scales += stride;
        groupEnd = total - groupEnd > groupValues ? groupEnd + groupValues : total;
      }
      const end = min(count, groupEnd - first);
      multiplyLevels(levels + ((<usize>i) << 1), end - i, scale, dst + ((<usize>(first + i)) << 2));
      i = end;
    }
  }
  return true;
}

/** Copies upper halves of floats to floats; false when one is NaN or infinite. */
export function decodeHalves(codes: usize, total: i32, dst: usize): bool {
  let wrong = false;
  for (let i = 0; i < total; i++) {
    const bits = (<u32>load<u16>(codes + ((<usize>i) << 1))) << 16;
    wrong = wrong || (bits & INFINITE) == INFINITE;
    store<u32>(dst + ((<usize>i) << 2), bits);
  }
  return !wrong;
}

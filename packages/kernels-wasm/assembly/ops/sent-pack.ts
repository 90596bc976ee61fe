import { codeBytesOf } from "./sent-layout";

/** Packs levels to bytes; those behind the last value are overwritten with what fills the last byte. */
export function packLevels(levels: usize, count: i32, coding: i32, codes: usize): void {
  const filling: i16 = coding == 3 ? -8 : coding == 4 ? -1 : 0;
  const end = levels + ((<usize>count) << 1);
  for (let i: usize = 0; i < 16; i += 2) store<i16>(end + i, filling);
  const bytes = codeBytesOf(coding, count);
  if (coding == 1) packBytes(levels, bytes, codes);
  else if (coding == 2) memory.copy(codes, levels, bytes);
  else if (coding == 3) packNibbles(levels, bytes, codes);
  else packDigits(levels, bytes, codes);
}

/** Packs levels of 8 bits. */
export function packBytes(levels: usize, bytes: i32, codes: usize): void {
  let i = 0;
  for (; i + 16 <= bytes; i += 16) {
    v128.store(codes, i8x16.narrow_i16x8_s(v128.load(levels), v128.load(levels, 16)));
    levels += 32;
    codes += 16;
  }
  for (; i < bytes; i++, levels += 2) store<u8>(codes++, load<i16>(levels));
}

/** A pair of levels as 32 bits holds the first below the second: both meet in its low byte. */
function packNibbles(levels: usize, bytes: i32, codes: usize): void {
  const eight = i16x8.splat(8);
  let i = 0;
  for (; i + 8 <= bytes; i += 8) {
    const a = pairsOf(i16x8.add(v128.load(levels), eight));
    const b = pairsOf(i16x8.add(v128.load(levels, 16), eight));
    const both = i16x8.narrow_i32x4_u(a, b);
    v128.store64_lane(codes, i8x16.narrow_i16x8_u(both, both), 0);
    levels += 32;
    codes += 8;
  }
  for (; i < bytes; i++, levels += 4) {
    store<u8>(codes++, (load<i16>(levels) + 8) | ((load<i16>(levels, 2) + 8) << 4));
  }
}

@inline
function pairsOf(codes: v128): v128 {
  return v128.and(v128.or(codes, i32x4.shr_u(codes, 12)), i32x4.splat(0xff));
}

function packDigits(levels: usize, bytes: i32, codes: usize): void {
  for (let i = 0; i < bytes; i++, levels += 10) {
    const low = load<i16>(levels) + 3 * load<i16>(levels, 2) + 9 * load<i16>(levels, 4);
    store<u8>(codes++, low + 27 * load<i16>(levels, 6) + 81 * load<i16>(levels, 8) + 121);
  }
}

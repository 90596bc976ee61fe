/** Packs a run of codes, low bits first; the last byte may be partly used. Returns the first code that needs more bits, or -1. */
export function packRun(codes: usize, dst: usize, count: i32, bits: i32): i32 {
  if (bits == 8) return packBytes(codes, dst, count);
  if (bits == 4) return packNibbles(codes, dst, count);
  if (bits < 8) return packEights(codes, dst, count, bits);
  return packBits(codes, dst, 0, count, bits);
}

/** Unpacks a run of codes. */
export function unpackRun(src: usize, codes: usize, count: i32, bits: i32): void {
  if (bits == 8) unpackBytes(src, codes, count);
  else if (bits == 4) unpackNibbles(src, codes, count);
  else if (bits < 8) unpackEights(src, codes, count, bits);
  else unpackBits(src, codes, 0, count, bits);
}

function packBits(codes: usize, dst: usize, from: i32, count: i32, bits: i32): i32 {
  let pending: u32 = 0;
  let pendingBits = 0;
  for (let i = from; i < count; i++) {
    const code = <u32>load<u16>(codes + ((<usize>i) << 1));
    if (code >> bits != 0) return i;
    pending |= code << pendingBits;
    pendingBits += bits;
    while (pendingBits >= 8) {
      store<u8>(dst++, pending);
      pending >>= 8;
      pendingBits -= 8;
    }
  }
  if (pendingBits > 0) store<u8>(dst, pending);
  return -1;
}

function unpackBits(src: usize, codes: usize, from: i32, count: i32, bits: i32): void {
  const mask: u32 = (1 << bits) - 1;
  let pending: u32 = 0;
  let pendingBits = 0;
  for (let i = from; i < count; i++) {
    while (pendingBits < bits) {
      pending |= (<u32>load<u8>(src++)) << pendingBits;
      pendingBits += 8;
    }
    store<u16>(codes + ((<usize>i) << 1), pending & mask);
    pending >>= bits;
    pendingBits -= bits;
  }
}

function packBytes(codes: usize, dst: usize, count: i32): i32 {
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const from = codes + ((<usize>i) << 1);
    const low = v128.load(from);
    const high = v128.load(from, 16);
    if (v128.any_true(v128.and(v128.or(low, high), i16x8.splat(<i16>0xff00)))) break;
    v128.store(dst + i, i8x16.narrow_i16x8_u(low, high));
  }
  return packBits(codes, dst + i, i, count, 8);
}

function unpackBytes(src: usize, codes: usize, count: i32): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) v128.store(codes + ((<usize>i) << 1), v128.load_ext<u8>(src + i));
  unpackBits(src + i, codes, i, count, 8);
}

function packNibbles(codes: usize, dst: usize, count: i32): i32 {
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const from = codes + ((<usize>i) << 1);
    const low = v128.load(from);
    const high = v128.load(from, 16);
    if (v128.any_true(v128.and(v128.or(low, high), i16x8.splat(<i16>0xfff0)))) break;
    // Each 16-bit lane holds two codes, one a byte: the upper one moves down beside the lower.
    const pairs = i8x16.narrow_i16x8_u(low, high);
    const bytes = v128.and(v128.or(pairs, i16x8.shr_u(pairs, 4)), i16x8.splat(0xff));
    store<u64>(dst + (i >> 1), i64x2.extract_lane(i8x16.narrow_i16x8_u(bytes, bytes), 0));
  }
  return packBits(codes, dst + (i >> 1), i, count, 4);
}

function unpackNibbles(src: usize, codes: usize, count: i32): void {
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const bytes = v128.load64_zero(src + (i >> 1));
    const spread = i16x8.extend_low_i8x16_u(bytes);
    const pairs = v128.or(v128.and(spread, i16x8.splat(0x0f)), i16x8.shl(i16x8.shr_u(spread, 4), 8));
    const to = codes + ((<usize>i) << 1);
    v128.store(to, i16x8.extend_low_i8x16_u(pairs));
    v128.store(to, i16x8.extend_high_i8x16_u(pairs), 16);
  }
  unpackBits(src + (i >> 1), codes, i, count, 4);
}

/** Eight codes of less than eight bits fill as many bytes as a code has bits. */
function packEights(codes: usize, dst: usize, count: i32, bits: i32): i32 {
  const excess = i16x8.splat(<i16>-1 << <i16>bits);
  const step = <u64>bits;
  let i = 0;
  // Eight bytes are stored at a time; the codes that follow overwrite the rest, so that they must fill as many.
  for (; (count - i) * bits >= 64; i += 8) {
    const eight = v128.load(codes + (<usize>i << 1));
    if (v128.any_true(v128.and(eight, excess))) break;
    let all: u64 = i16x8.extract_lane_u(eight, 7);
    all = (all << step) | i16x8.extract_lane_u(eight, 6);
    all = (all << step) | i16x8.extract_lane_u(eight, 5);
    all = (all << step) | i16x8.extract_lane_u(eight, 4);
    all = (all << step) | i16x8.extract_lane_u(eight, 3);
    all = (all << step) | i16x8.extract_lane_u(eight, 2);
    all = (all << step) | i16x8.extract_lane_u(eight, 1);
    all = (all << step) | i16x8.extract_lane_u(eight, 0);
    store<u64>(dst, all);
    dst += bits;
  }
  return packBits(codes, dst, i, count, bits);
}

function unpackEights(src: usize, codes: usize, count: i32, bits: i32): void {
  const step = <u64>bits;
  const mask = i16x8.splat((<i16>1 << <i16>bits) - 1);
  let i = 0;
  // Bytes behind the codes are read with them, and masked out.
  for (; i + 8 <= count; i += 8) {
    const all = load<u64>(src);
    let eight = i16x8.splat(<i16>all);
    eight = i16x8.replace_lane(eight, 1, <i16>(all >> step));
    eight = i16x8.replace_lane(eight, 2, <i16>(all >> (2 * step)));
    eight = i16x8.replace_lane(eight, 3, <i16>(all >> (3 * step)));
    eight = i16x8.replace_lane(eight, 4, <i16>(all >> (4 * step)));
    eight = i16x8.replace_lane(eight, 5, <i16>(all >> (5 * step)));
    eight = i16x8.replace_lane(eight, 6, <i16>(all >> (6 * step)));
    eight = i16x8.replace_lane(eight, 7, <i16>(all >> (7 * step)));
    v128.store(codes + (<usize>i << 1), v128.and(eight, mask));
    src += bits;
  }
  unpackBits(src, codes, i, count, bits);
}

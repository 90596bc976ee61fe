/** Tells whether rows are stored as runs of sixteen codes that share a scale, which kernels read and write in registers. */
@inline
export function hasSixteens(cols: i32, spanCols: i32, bits: i32): bool {
  return (bits == 4 || bits == 8) && spanCols >= cols && (cols & 15) == 0;
}

/** Loads sixteen codes of 4 or 8 bits, a byte each. */
@inline
export function loadSixteen(src: usize, bits: i32): v128 {
  if (bits == 8) return v128.load(src);
  const bytes = v128.load64_zero(src);
  const low = v128.and(bytes, i8x16.splat(0x0f));
  const high = i8x16.shr_u(bytes, 4);
  return v128.shuffle<u8>(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Stores sixteen codes of 4 or 8 bits, given a byte each. */
@inline
export function storeSixteen(dst: usize, codes: v128, bits: i32): void {
  if (bits == 8) {
    v128.store(dst, codes);
    return;
  }
  // Each 16-bit lane holds two codes, one a byte: the upper one moves down beside the lower.
  const bytes = v128.and(v128.or(codes, i16x8.shr_u(codes, 4)), i16x8.splat(0xff));
  v128.store64_lane(dst, i8x16.narrow_i16x8_u(bytes, bytes), 0);
}

/** Gives the first eight of sixteen codes, less an offset. */
@inline
export function firstEight(codes: v128, offset: v128): v128 {
  return i16x8.sub(i16x8.extend_low_i8x16_u(codes), offset);
}

/** Gives the last eight of sixteen codes, less an offset. */
@inline
export function lastEight(codes: v128, offset: v128): v128 {
  return i16x8.sub(i16x8.extend_high_i8x16_u(codes), offset);
}

/** Gives the weights of the first four of eight codes. */
@inline
export function firstWeights(codes: v128, scale: v128, shift: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(codes)), scale), shift);
}

/** Gives the weights of the last four of eight codes. */
@inline
export function lastWeights(codes: v128, scale: v128, shift: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(codes)), scale), shift);
}

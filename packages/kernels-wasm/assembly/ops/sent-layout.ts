/** Values that are coded at a time: whole bytes in every coding, for 2, 5 and 8 codes fill one. */
export const SENT_AT_ONCE: i32 = 640;

/** Codings by their numbers on the wire: 1 int8, 2 int16, 3 int4, 4 ternary, 5 sign. Counts the bytes of some codes. */
export function codeBytesOf(coding: i32, values: i32): i32 {
  if (coding == 2) return 2 * values;
  if (coding == 3) return (values + 1) >> 1;
  if (coding == 4) return (values + 4) / 5;
  return coding == 5 ? (values + 7) >> 3 : values;
}

/** Gives the largest level of a coding. */
export function levelLimit(coding: i32): i32 {
  return coding == 1 ? 127 : coding == 2 ? 32767 : coding == 3 ? 7 : 1;
}

/** Reads a scale of four bytes, or one of two: a bfloat16. */
@inline
export function scaleOf(at: usize, stride: i32): f32 {
  return reinterpret<f32>(stride == 2 ? (<u32>load<u16>(at)) << 16 : load<u32>(at));
}

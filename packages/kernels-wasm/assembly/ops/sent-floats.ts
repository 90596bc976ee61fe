/** Writes the upper halves of values, rounded to nearest even, none to infinity; keeps what they lack where that is asked for. */
export function encodeHalves(src: usize, count: i32, codes: usize, left: usize): void {
  for (let i = 0; i < count; i++) {
    const bits = load<u32>(src + ((<usize>i) << 2));
    const rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const code = (rounded & 0x7fff) == 0x7f80 ? rounded - 1 : rounded;
    store<u16>(codes + ((<usize>i) << 1), <u16>code);
    if (left == 0) continue;
    store<f32>(left + ((<usize>i) << 2), reinterpret<f32>(bits) - reinterpret<f32>(code << 16));
  }
}

/** Copies values, of which nothing is lost. */
export function encodeFloats(src: usize, count: i32, codes: usize, left: usize): void {
  memory.copy(codes, src, (<usize>count) << 2);
  if (left != 0) memory.fill(left, 0, (<usize>count) << 2);
}

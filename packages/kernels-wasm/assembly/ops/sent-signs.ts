/** Writes a bit for each value, 1 where it is not negative. */
export function encodeSigns(src: usize, count: i32, codes: usize): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const low = i32x4.bitmask(f32x4.ge(v128.load(src), zero));
    const high = i32x4.bitmask(f32x4.ge(v128.load(src, 16), zero));
    store<u8>(codes++, low | (high << 4));
    src += 32;
  }
  if (i == count) return;
  let code = 0;
  for (let bit = 0; i < count; i++, bit++, src += 4) code |= load<f32>(src) >= 0 ? 1 << bit : 0;
  store<u8>(codes, code);
}

/** Keeps what ±scale lacks of values. */
export function keepSigns(src: usize, count: i32, scale: f32, left: usize): void {
  const factor = f32x4.splat(scale);
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const values = v128.load(src);
    const sent = v128.bitselect(factor, f32x4.neg(factor), f32x4.ge(values, zero));
    v128.store(left, f32x4.sub(values, sent));
    src += 16;
    left += 16;
  }
  for (; i < count; i++, src += 4, left += 4) {
    const value = load<f32>(src);
    store<f32>(left, value - (value >= 0 ? scale : -scale));
  }
}

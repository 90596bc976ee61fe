import { unpackRun } from "./codes";

/** Writes the weights of unpacked codes that share a scale. */
function dequantizeSpan(codes: usize, dst: usize, count: i32, scale: f32, bias: f32, offset: i32): void {
  const scales = f32x4.splat(scale);
  const shift = f32x4.splat(bias);
  const offsets = i32x4.splat(offset);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const whole = i32x4.sub(v128.load_ext<u16>(codes + (<usize>i << 1)), offsets);
    v128.store(dst + (<usize>i << 2), f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(whole), scales), shift));
  }
  for (; i < count; i++) {
    const whole = <i32>load<u16>(codes + (<usize>i << 1)) - offset;
    store<f32>(dst + (<usize>i << 2), <f32>whole * scale + bias);
  }
}

/** Writes the weights of sign bits. */
function dequantizeSigns(codes: usize, dst: usize, count: i32, scale: f32): void {
  for (let i = 0; i < count; i++) {
    // Adding zero, as every other code does, turns a scale of -0 into 0.
    const weight: f32 = load<u16>(codes + (<usize>i << 1)) != 0 ? scale : -scale;
    store<f32>(dst + (<usize>i << 2), weight + 0);
  }
}

/** Writes the weights of eight nibbles. */
// @ts-ignore: decorator
@inline
function dequantizeNibbles(src: usize, dst: usize, scales: v128, shift: v128, offsets: v128): void {
  const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(src));
  const pairs = v128.or(v128.and(bytes, i16x8.splat(0x0f)), i16x8.shl(i16x8.shr_u(bytes, 4), 8));
  const codes = i16x8.sub(i16x8.extend_low_i8x16_u(pairs), offsets);
  const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(codes));
  const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(codes));
  v128.store(dst, f32x4.add(f32x4.mul(low, scales), shift));
  v128.store(dst, f32x4.add(f32x4.mul(high, scales), shift), 16);
}

/** Writes the weights of eight bytes. */
// @ts-ignore: decorator
@inline
function dequantizeBytes(src: usize, dst: usize, scales: v128, shift: v128, offsets: v128): void {
  const codes = i16x8.sub(v128.load_ext<u8>(src), offsets);
  const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(codes));
  const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(codes));
  v128.store(dst, f32x4.add(f32x4.mul(low, scales), shift));
  v128.store(dst, f32x4.add(f32x4.mul(high, scales), shift), 16);
}

/** Writes the weights of one packed row; `codes` is scratch for its codes. */
export function dequantizeRow(
  src: usize,
  scale: usize,
  bias: usize,
  dst: usize,
  codes: usize,
  cols: i32,
  spanCols: i32,
  bits: i32,
  biased: bool,
): void {
  const offset = biased ? 0 : 1 << (bits - 1);
  if ((bits == 4 || bits == 8) && spanCols >= cols && (cols & 7) == 0) {
    const scales = f32x4.splat(load<f32>(scale));
    const shift = f32x4.splat(biased ? load<f32>(bias) : 0);
    const offsets = i16x8.splat(<i16>offset);
    if (bits == 4) for (let c = 0; c < cols; c += 8) dequantizeNibbles(src + (c >> 1), dst + (<usize>c << 2), scales, shift, offsets);
    else for (let c = 0; c < cols; c += 8) dequantizeBytes(src + c, dst + (<usize>c << 2), scales, shift, offsets);
    return;
  }
  unpackRun(src, codes, cols, bits);
  for (let col = 0; col < cols; col += spanCols) {
    const count = min(spanCols, cols - col);
    const from = codes + (<usize>col << 1);
    const to = dst + (<usize>col << 2);
    const s = load<f32>(scale);
    if (bits == 1 && !biased) dequantizeSigns(from, to, count, s);
    else dequantizeSpan(from, to, count, s, biased ? load<f32>(bias) : 0, offset);
    scale += 4;
    bias += 4;
  }
}

/** Writes the weights of packed rows; scales advance by `scaleStep` a row. */
export function dequantizeRows(
  src: usize,
  scale: usize,
  bias: usize,
  dst: usize,
  codes: usize,
  rows: i32,
  cols: i32,
  spanCols: i32,
  scaleStep: i32,
  bits: i32,
  biased: bool,
): void {
  const stride = (cols * bits + 7) >> 3;
  const step = <usize>scaleStep << 2;
  for (let row = 0; row < rows; row++) {
    dequantizeRow(src, scale, bias, dst, codes, cols, spanCols, bits, biased);
    src += stride;
    dst += <usize>cols << 2;
    scale += step;
    bias += step;
  }
}

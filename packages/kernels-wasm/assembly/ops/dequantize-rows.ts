import { unpackRun } from "./codes";
import { dequantizeLevelRow, shareLevels } from "./dequantize-levels";
import { ASYMMETRIC, DEAD_ZONE } from "./levels";
import { firstEight, firstWeights, hasSixteens, lastEight, lastWeights, loadSixteen } from "./sixteen";

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

/** Writes the weights of a run of sixteens. */
function dequantizeSixteens(src: usize, dst: usize, count: i32, scale: f32, bias: f32, bits: i32, offset: i32): void {
  const scales = f32x4.splat(scale);
  const shift = f32x4.splat(bias);
  const offsets = i16x8.splat(<i16>offset);
  for (let i = 0; i < count; i += 16) {
    const codes = loadSixteen(src, bits);
    const first = firstEight(codes, offsets);
    const last = lastEight(codes, offsets);
    v128.store(dst, firstWeights(first, scales, shift));
    v128.store(dst, lastWeights(first, scales, shift), 16);
    v128.store(dst, firstWeights(last, scales, shift), 32);
    v128.store(dst, lastWeights(last, scales, shift), 48);
    src += bits << 1;
    dst += 64;
  }
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
  if (hasSixteens(cols, spanCols, bits)) {
    dequantizeSixteens(src, dst, cols, load<f32>(scale), biased ? load<f32>(bias) : 0, bits, offset);
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

/** Writes the weights of packed rows; scales advance by `scaleStep` a row, `levels` is room for those of a dead zone. */
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
  scheme: i32,
  levels: usize,
): void {
  const biased = scheme == ASYMMETRIC;
  const zoned = scheme >= DEAD_ZONE;
  if (zoned) shareLevels(scale, bias, scaleStep, bits, scheme, levels);
  // Rows that share their scale and leave no bit unused are one.
  if (!zoned && scaleStep == 0 && hasSixteens(cols, spanCols, bits)) {
    dequantizeRow(src, scale, bias, dst, codes, rows * cols, rows * cols, bits, biased);
    return;
  }
  const stride = (cols * bits + 7) >> 3;
  const step = <usize>scaleStep << 2;
  for (let row = 0; row < rows; row++) {
    if (zoned) {
      dequantizeLevelRow(src, scale, bias, dst, codes, cols, spanCols, scaleStep, bits, scheme, levels);
    } else dequantizeRow(src, scale, bias, dst, codes, cols, spanCols, bits, biased);
    src += stride;
    dst += <usize>cols << 2;
    scale += step;
    bias += step;
  }
}

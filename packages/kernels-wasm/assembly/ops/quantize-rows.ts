import { packRun } from "./codes";
import { ASYMMETRIC, DEAD_ZONE } from "./levels";
import { quantizeToLevels } from "./quantize-levels";
import { quantizeNearest, quantizeSixteens, quantizeStochastic } from "./quantize-span";
import { hasSixteens } from "./sixteen";

/**
 * Quantizes rows to the nearest codes, packed; scales advance by `scaleStep` a row, `levels` is room for those of a dead
 * zone.
 *
 * Returns the position of the first weight that has no code, or -1.
 */
export function quantizeRows(
  src: usize,
  dst: usize,
  scale: usize,
  bias: usize,
  codes: usize,
  rows: i32,
  cols: i32,
  spanCols: i32,
  scaleStep: i32,
  bits: i32,
  scheme: i32,
  levels: usize,
): i32 {
  if (scheme >= DEAD_ZONE) {
    return quantizeToLevels(
      src, dst, scale, bias, codes, rows, cols, spanCols, scaleStep, bits, scheme, levels, false, 0, 0, 0,
    );
  }
  const biased = scheme == ASYMMETRIC;
  if (hasSixteens(cols, spanCols, bits)) {
    if (quantizeInRegisters(src, dst, scale, bias, rows, cols, scaleStep, bits, biased)) return -1;
  }
  const stride = (cols * bits + 7) >> 3;
  for (let row = 0; row < rows; row++) {
    let slot = (<usize>(row * scaleStep)) << 2;
    for (let col = 0; col < cols; col += spanCols) {
      const count = min(spanCols, cols - col);
      const to = codes + ((<usize>col) << 1);
      const shift: f32 = biased ? load<f32>(bias + slot) : 0;
      const bad = quantizeNearest(src, to, count, load<f32>(scale + slot), shift, bits, biased);
      if (bad >= 0) return row * cols + col + bad;
      src += (<usize>count) << 2;
      slot += 4;
    }
    packRun(codes, dst, cols, bits);
    dst += stride;
  }
  return -1;
}

/** Returns whether every weight has a code. */
function quantizeInRegisters(
  src: usize,
  dst: usize,
  scale: usize,
  bias: usize,
  rows: i32,
  cols: i32,
  scaleStep: i32,
  bits: i32,
  biased: bool,
): bool {
  if (scaleStep == 0) {
    const shift: f32 = biased ? load<f32>(bias) : 0;
    return quantizeSixteens(src, dst, rows * cols, load<f32>(scale), shift, bits, biased);
  }
  let fine = true;
  for (let row = 0; row < rows; row++) {
    const shift: f32 = biased ? load<f32>(bias) : 0;
    fine = quantizeSixteens(src, dst, cols, load<f32>(scale), shift, bits, biased) && fine;
    src += <usize>cols << 2;
    dst += (cols * bits) >> 3;
    scale += 4;
    bias += 4;
  }
  return fine;
}

/** As quantizeRows, up or down by chance; the counter of the first weight comes in two words. */
export function quantizeRowsStochastic(
  src: usize,
  dst: usize,
  scale: usize,
  bias: usize,
  codes: usize,
  rows: i32,
  cols: i32,
  spanCols: i32,
  scaleStep: i32,
  bits: i32,
  scheme: i32,
  levels: usize,
  seed: i32,
  stream: i32,
  counterLow: u32,
  counterHigh: u32,
): i32 {
  const biased = scheme == ASYMMETRIC;
  const stride = (cols * bits + 7) >> 3;
  let counter = ((<u64>counterHigh) << 32) | (<u64>counterLow);
  if (scheme >= DEAD_ZONE) {
    return quantizeToLevels(
      src, dst, scale, bias, codes, rows, cols, spanCols, scaleStep, bits, scheme, levels, true, seed, stream, counter,
    );
  }
  for (let row = 0; row < rows; row++) {
    let slot = (<usize>(row * scaleStep)) << 2;
    for (let col = 0; col < cols; col += spanCols) {
      const count = min(spanCols, cols - col);
      const to = codes + ((<usize>col) << 1);
      const shift: f32 = biased ? load<f32>(bias + slot) : 0;
      const s = load<f32>(scale + slot);
      const bad = quantizeStochastic(src, to, count, s, shift, bits, biased, seed, stream, counter);
      if (bad >= 0) return row * cols + col + bad;
      src += (<usize>count) << 2;
      counter += count;
      slot += 4;
    }
    packRun(codes, dst, cols, bits);
    dst += stride;
  }
  return -1;
}

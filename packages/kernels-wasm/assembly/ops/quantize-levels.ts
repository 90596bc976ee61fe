import { packRun } from "./codes";
import { MIDDLES, SMALLEST_WEIGHT, nearestCode, prepareNearest, stochasticCode } from "./levels";
import { drawFour, firstUniforms } from "./threefry";

/**
 * Quantizes rows to the levels of dead zones, packed. Returns the position of the first weight that is NaN, or -1.
 *
 * @param levels room for the levels of one scale and threshold, which have to be fit for it
 */
export function quantizeToLevels(
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
  stochastic: bool,
  seed: i32,
  stream: i32,
  counter: u64,
): i32 {
  const stride = (cols * bits + 7) >> 3;
  const zero = 1 << (bits - 1);
  for (let row = 0; row < rows; row++) {
    let slot = (<usize>(row * scaleStep)) << 2;
    for (let col = 0; col < cols; col += spanCols) {
      const count = min(spanCols, cols - col);
      const threshold = load<f32>(bias + slot);
      if (row == 0 || scaleStep > 0) prepareNearest(levels, bits, scheme, load<f32>(scale + slot), threshold);
      for (let c = col; c < col + count; c++) {
        const weight = load<f32>(src);
        if (weight != weight) return row * cols + c;
        let code: i32;
        if (stochastic) {
          drawFour(seed, stream, counter);
          const uniform = f64x2.extract_lane(firstUniforms(), 0);
          code = stochasticCode(levels, zero, threshold, weight, uniform);
        } else code = nearestCode(levels, zero, threshold, weight);
        store<u16>(codes + (<usize>c << 1), code);
        src += 4;
        counter++;
      }
      slot += 4;
    }
    packRun(codes, dst, cols, bits);
    dst += stride;
  }
  return -1;
}

/** Four weights are compared with all levels of so few bits before one has been sought among them. */
const MOST_COMPARED_BITS: i32 = 5;

/** Replaces the weights that begin a run, four at a time; gives how many: none from the first four on that hold a NaN. */
function replaceFours(src: usize, dst: usize, count: i32, levels: usize, zero: i32, threshold: f32): i32 {
  const least = f32x4.splat(max(threshold, SMALLEST_WEIGHT));
  const magnitudes = levels + (<usize>zero << 2);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const x = v128.load(src + (<usize>i << 2));
    if (v128.any_true(f32x4.ne(x, x))) break;
    const magnitude = f32x4.abs(x);
    let level = v128.load_splat<f32>(magnitudes + 4);
    for (let k = 1; k < zero - 1; k++) {
      const at = <usize>k << 2;
      const above = f32x4.gt(magnitude, v128.load_splat<f32>(levels + MIDDLES + at - 4));
      level = v128.bitselect(v128.load_splat<f32>(magnitudes + at + 4), level, above);
    }
    const signed = v128.bitselect(f32x4.sub(f32x4.splat(0), level), level, f32x4.lt(x, f32x4.splat(0)));
    v128.store(dst + (<usize>i << 2), v128.andnot(signed, f32x4.lt(magnitude, least)));
  }
  return i;
}

/** Replaces weights of rows by their nearest levels; dst may be src. Returns the position of the first that is NaN, or -1. */
export function replaceByLevels(
  src: usize,
  scale: usize,
  bias: usize,
  dst: usize,
  rows: i32,
  cols: i32,
  spanCols: i32,
  scaleStep: i32,
  bits: i32,
  scheme: i32,
  levels: usize,
): i32 {
  const zero = 1 << (bits - 1);
  for (let row = 0; row < rows; row++) {
    let slot = (<usize>(row * scaleStep)) << 2;
    for (let col = 0; col < cols; col += spanCols) {
      const threshold = load<f32>(bias + slot);
      if (row == 0 || scaleStep > 0) prepareNearest(levels, bits, scheme, load<f32>(scale + slot), threshold);
      const end = min(spanCols, cols - col) + col;
      const fours = bits <= MOST_COMPARED_BITS ? replaceFours(src, dst, end - col, levels, zero, threshold) : 0;
      src += <usize>fours << 2;
      dst += <usize>fours << 2;
      for (let c = col + fours; c < end; c++) {
        const weight = load<f32>(src);
        if (weight != weight) return row * cols + c;
        const code = nearestCode(levels, zero, threshold, weight);
        store<f32>(dst, load<f32>(levels + (<usize>code << 2)));
        src += 4;
        dst += 4;
      }
      slot += 4;
    }
  }
  return -1;
}

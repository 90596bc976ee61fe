import { unpackRun } from "./codes";
import { fillLevels } from "./levels";
import { hasSixteens, loadSixteen } from "./sixteen";

/** Four bytes of sixteen levels each: the lowest of every level, the next, and so on. */
let plane0: v128 = i32x4.splat(0);
let plane1: v128 = i32x4.splat(0);
let plane2: v128 = i32x4.splat(0);
let plane3: v128 = i32x4.splat(0);

/** Takes sixteen levels apart, for {@link lookSixteenUp}; every thread has an instance of its own. */
export function takeApart(levels: usize): void {
  // The other way round, sixteen levels of four bytes are four planes of sixteen.
  const a = v128.load(levels);
  const b = v128.load(levels, 16);
  const c = v128.load(levels, 32);
  const d = v128.load(levels, 48);
  const e = v128.shuffle<u8>(a, b, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
  const f = v128.shuffle<u8>(c, d, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
  const g = v128.shuffle<u8>(a, b, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
  const h = v128.shuffle<u8>(c, d, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
  plane0 = v128.shuffle<i64>(e, f, 0, 2);
  plane1 = v128.shuffle<i64>(e, f, 1, 3);
  plane2 = v128.shuffle<i64>(g, h, 0, 2);
  plane3 = v128.shuffle<i64>(g, h, 1, 3);
}

/** Writes the levels of sixteen codes of 4 bits. */
@inline
export function lookSixteenUp(src: usize, dst: usize): void {
  const codes = loadSixteen(src, 4);
  const p = i8x16.swizzle(plane0, codes);
  const q = i8x16.swizzle(plane1, codes);
  const r = i8x16.swizzle(plane2, codes);
  const s = i8x16.swizzle(plane3, codes);
  const lowFirst = v128.shuffle<u8>(p, q, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const lowLast = v128.shuffle<u8>(p, q, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const highFirst = v128.shuffle<u8>(r, s, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const highLast = v128.shuffle<u8>(r, s, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  v128.store(dst, v128.shuffle<u16>(lowFirst, highFirst, 0, 8, 1, 9, 2, 10, 3, 11));
  v128.store(dst, v128.shuffle<u16>(lowFirst, highFirst, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  v128.store(dst, v128.shuffle<u16>(lowLast, highLast, 0, 8, 1, 9, 2, 10, 3, 11), 32);
  v128.store(dst, v128.shuffle<u16>(lowLast, highLast, 4, 12, 5, 13, 6, 14, 7, 15), 48);
}

/** Takes the levels that all rows of a table share; rows with their own make them row by row. */
export function shareLevels(
  scale: usize,
  bias: usize,
  scaleStep: i32,
  bits: i32,
  scheme: i32,
  levels: usize,
): void {
  if (scaleStep > 0) return;
  fillLevels(levels, bits, scheme, load<f32>(scale), load<f32>(bias));
  if (bits == 4) takeApart(levels);
}

/** Writes the weights of one packed row of a dead zone; `codes` is scratch for its codes. */
export function dequantizeLevelRow(
  src: usize,
  scale: usize,
  bias: usize,
  dst: usize,
  codes: usize,
  cols: i32,
  spanCols: i32,
  scaleStep: i32,
  bits: i32,
  scheme: i32,
  levels: usize,
): void {
  if (scaleStep == 0 && bits == 4 && hasSixteens(cols, spanCols, bits)) {
    for (let col = 0; col < cols; col += 16) lookSixteenUp(src + (<usize>col >> 1), dst + (<usize>col << 2));
    return;
  }
  unpackRun(src, codes, cols, bits);
  for (let col = 0; col < cols; col += spanCols) {
    if (scaleStep > 0) fillLevels(levels, bits, scheme, load<f32>(scale), load<f32>(bias));
    const end = min(spanCols, cols - col) + col;
    for (let c = col; c < end; c++) {
      const code = <usize>load<u16>(codes + (<usize>c << 1));
      store<f32>(dst + (<usize>c << 2), load<f32>(levels + (code << 2)));
    }
    scale += 4;
    bias += 4;
  }
}

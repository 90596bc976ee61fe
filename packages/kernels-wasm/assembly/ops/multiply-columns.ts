import { storeLanes } from "../lanes";

/** Terms that are summed before the next rows: 8 columns of them fill 8 kB, 4 strided rows 16 kB of the first cache. */
const BLOCK_TERMS: i32 = 256;

/** Bytes of the scratch of {@link multiplyColumns}, as src/ops/panel-bytes.ts has it. */
const PANEL_STRIDE: usize = 32;

/**
 * Overwrites c[r][j] with the sum over k of left(r, k) · right[k][j], where the columns of right follow each other.
 *
 * left(r, k) stands at left + r × rowStep + k × termStep; strides are in bytes.
 *
 * @param panel scratch for BLOCK_TERMS × 8 floats
 */
export function multiplyColumns(
  left: usize,
  rowStep: usize,
  termStep: usize,
  right: usize,
  rightStride: usize,
  terms: i32,
  c: usize,
  cStride: usize,
  rows: i32,
  columns: i32,
  panel: usize,
): void {
  let from = 0;
  do {
    const count = min(BLOCK_TERMS, terms - from);
    const a = left + <usize>from * termStep;
    const b = right + <usize>from * rightStride;
    let column = 0;
    for (; column + 8 <= columns; column += 8) {
      const at = <usize>column << 2;
      addPanel(a, rowStep, termStep, b + at, rightStride, count, c + at, cStride, rows, from > 0, panel);
    }
    for (; column < columns; column += 4) {
      const at = <usize>column << 2;
      const lanes = min(4, columns - column);
      addLastColumns(a, rowStep, termStep, b + at, rightStride, count, c + at, cStride, rows, from > 0, lanes);
    }
    from += BLOCK_TERMS;
  } while (from < terms);
}

/** Adds the products of a block of terms to eight columns, or begins them. */
function addPanel(
  a: usize,
  rowStep: usize,
  termStep: usize,
  b: usize,
  bStride: usize,
  terms: i32,
  c: usize,
  cStride: usize,
  rows: i32,
  goesOn: bool,
  panel: usize,
): void {
  let row = 0;
  if (rows >= 4) {
    // Columns of a wide matrix lie in few sets of the first cache, and would push each other out.
    for (let k = 0; k < terms; k++) {
      v128.store(panel + <usize>k * PANEL_STRIDE, v128.load(b + <usize>k * bStride));
      v128.store(panel + <usize>k * PANEL_STRIDE, v128.load(b + <usize>k * bStride, 16), 16);
    }
  }
  for (; row + 4 <= rows; row += 4) {
    tileFourByEight(a, rowStep, termStep, panel, terms, c, cStride, goesOn);
    a += rowStep << 2;
    c += cStride << 2;
  }
  for (; row < rows; row++) {
    tileOneByEight(a, termStep, b, bStride, terms, c, goesOn);
    a += rowStep;
    c += cStride;
  }
}

/** As addPanel, for the last columns: of four, only `lanes` count. */
function addLastColumns(
  a: usize,
  rowStep: usize,
  termStep: usize,
  b: usize,
  bStride: usize,
  terms: i32,
  c: usize,
  cStride: usize,
  rows: i32,
  goesOn: bool,
  lanes: i32,
): void {
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    tileFourByFour(a, rowStep, termStep, b, bStride, terms, c, cStride, goesOn, lanes);
    a += rowStep << 2;
    c += cStride << 2;
  }
  for (; row < rows; row++) {
    tileOneByFour(a, termStep, b, bStride, terms, c, goesOn, lanes);
    a += rowStep;
    c += cStride;
  }
}

/** Of four columns, only `lanes` are stored. */
function tileFourByFour(
  a0: usize,
  rowStep: usize,
  termStep: usize,
  b: usize,
  bStride: usize,
  terms: i32,
  c: usize,
  cStride: usize,
  goesOn: bool,
  lanes: i32,
): void {
  let a1 = a0 + rowStep;
  let a2 = a1 + rowStep;
  let a3 = a2 + rowStep;
  let s0 = sumsAt(c, goesOn);
  let s1 = sumsAt(c + cStride, goesOn);
  let s2 = sumsAt(c + 2 * cStride, goesOn);
  let s3 = sumsAt(c + 3 * cStride, goesOn);
  for (let k = 0; k < terms; k++) {
    const x = v128.load(b);
    s0 = f32x4.add(s0, f32x4.mul(v128.load_splat<f32>(a0), x));
    s1 = f32x4.add(s1, f32x4.mul(v128.load_splat<f32>(a1), x));
    s2 = f32x4.add(s2, f32x4.mul(v128.load_splat<f32>(a2), x));
    s3 = f32x4.add(s3, f32x4.mul(v128.load_splat<f32>(a3), x));
    a0 += termStep;
    a1 += termStep;
    a2 += termStep;
    a3 += termStep;
    b += bStride;
  }
  storeLanes(c, s0, lanes);
  storeLanes(c + cStride, s1, lanes);
  storeLanes(c + 2 * cStride, s2, lanes);
  storeLanes(c + 3 * cStride, s3, lanes);
}

function tileOneByFour(
  a: usize,
  termStep: usize,
  b: usize,
  bStride: usize,
  terms: i32,
  c: usize,
  goesOn: bool,
  lanes: i32,
): void {
  let sum = sumsAt(c, goesOn);
  for (let k = 0; k < terms; k++) {
    sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(a), v128.load(b)));
    a += termStep;
    b += bStride;
  }
  storeLanes(c, sum, lanes);
}

/** Gives the four sums so far, or zeros. */
@inline
function sumsAt(c: usize, goesOn: bool): v128 {
  return goesOn ? v128.load(c) : f32x4.splat(0);
}

function tileFourByEight(
  a0: usize,
  rowStep: usize,
  termStep: usize,
  b: usize,
  terms: i32,
  c: usize,
  cStride: usize,
  goesOn: bool,
): void {
  let a1 = a0 + rowStep;
  let a2 = a1 + rowStep;
  let a3 = a2 + rowStep;
  let s00 = sumsAt(c, goesOn);
  let s01 = sumsAt(c + 16, goesOn);
  let s10 = sumsAt(c + cStride, goesOn);
  let s11 = sumsAt(c + cStride + 16, goesOn);
  let s20 = sumsAt(c + 2 * cStride, goesOn);
  let s21 = sumsAt(c + 2 * cStride + 16, goesOn);
  let s30 = sumsAt(c + 3 * cStride, goesOn);
  let s31 = sumsAt(c + 3 * cStride + 16, goesOn);
  for (let k = 0; k < terms; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    a0 += termStep;
    a1 += termStep;
    a2 += termStep;
    a3 += termStep;
    b += PANEL_STRIDE;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  c += cStride;
  v128.store(c, s10);
  v128.store(c, s11, 16);
  c += cStride;
  v128.store(c, s20);
  v128.store(c, s21, 16);
  c += cStride;
  v128.store(c, s30);
  v128.store(c, s31, 16);
}

/** Sums in the order of {@link tileFourByEight}, so that a row does not depend on those beside it. */
function tileOneByEight(
  a: usize,
  termStep: usize,
  b: usize,
  bStride: usize,
  terms: i32,
  c: usize,
  goesOn: bool,
): void {
  let s0 = sumsAt(c, goesOn);
  let s1 = sumsAt(c + 16, goesOn);
  for (let k = 0; k < terms; k++) {
    const x = v128.load_splat<f32>(a);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)));
    a += termStep;
    b += bStride;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
}

/** Overwrites sums[j] for j in [begin, end) with the sum of column j, samples in order. */
export function sumColumns(dy: usize, samples: i32, outputs: i32, sums: usize, begin: i32, end: i32): void {
  const stride = <usize>outputs << 2;
  for (let output = begin; output < end; output += 4) {
    let at = dy + (<usize>output << 2);
    let sum = f32x4.splat(0);
    for (let sample = 0; sample < samples; sample++) {
      sum = f32x4.add(sum, v128.load(at));
      at += stride;
    }
    storeLanes(sums + (<usize>output << 2), sum, end - output);
  }
}

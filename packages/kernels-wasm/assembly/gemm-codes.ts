// Products of integers: i32x4.dot_i16x8_s multiplies twice as many pairs as a product of floats, and its sums are exact.

import { largerMagnitude, largestMagnitude } from "./magnitude";

/**
 * Overwrites c[r][8p + n] with max(sum of a[r][k] * b[p][k][n] * rowScale[r] * colScale[8p + n] + bias[8p + n], floor).
 *
 * @param a i16 rows of pairs, at aStride; rows are taken in fours
 * @param b i16[panels][pairs][8][2]
 */
export function multiplyCodes(
  a: usize,
  aStride: usize,
  b: usize,
  panelStride: usize,
  pairs: i32,
  rows: i32,
  panels: i32,
  c: usize,
  cStride: usize,
  rowScale: usize,
  colScale: usize,
  bias: usize,
  floor: f32,
): void {
  const least = f32x4.splat(floor);
  for (let panel = 0; panel < panels; panel++) {
    let rowA = a;
    let rowC = c;
    let scales = rowScale;
    for (let row = 0; row < rows; row += 4) {
      let a0 = rowA;
      let a1 = a0 + aStride;
      let a2 = a1 + aStride;
      let a3 = a2 + aStride;
      let p = b;
      let s00 = i32x4.splat(0);
      let s01 = s00;
      let s10 = s00;
      let s11 = s00;
      let s20 = s00;
      let s21 = s00;
      let s30 = s00;
      let s31 = s00;
      for (let i = 0; i < pairs; i++) {
        const b0 = v128.load(p);
        const b1 = v128.load(p, 16);
        let x = v128.load_splat<i32>(a0);
        s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, b0));
        s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, b1));
        x = v128.load_splat<i32>(a1);
        s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, b0));
        s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, b1));
        x = v128.load_splat<i32>(a2);
        s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, b0));
        s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, b1));
        x = v128.load_splat<i32>(a3);
        s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, b0));
        s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, b1));
        a0 += 4;
        a1 += 4;
        a2 += 4;
        a3 += 4;
        p += 32;
      }
      storeScaled(s00, s01, scales, colScale, bias, least, rowC);
      rowC += cStride;
      storeScaled(s10, s11, scales + 4, colScale, bias, least, rowC);
      rowC += cStride;
      storeScaled(s20, s21, scales + 8, colScale, bias, least, rowC);
      rowC += cStride;
      storeScaled(s30, s31, scales + 12, colScale, bias, least, rowC);
      rowC += cStride;
      scales += 16;
      rowA += aStride << 2;
    }
    b += panelStride;
    c += 32;
    bias += 32;
    colScale += 32;
  }
}

/** Overwrites one row as multiplyCodes does, 32 columns at a time. */
export function multiplyRowByCodes(
  a: usize,
  b: usize,
  panelStride: usize,
  pairs: i32,
  panels: i32,
  c: usize,
  rowScale: usize,
  colScale: usize,
  bias: usize,
  floor: f32,
): void {
  const least = f32x4.splat(floor);
  let panel = 0;
  for (; panel + 4 <= panels; panel += 4) {
    let x = a;
    let p0 = b;
    let p1 = p0 + panelStride;
    let p2 = p1 + panelStride;
    let p3 = p2 + panelStride;
    let s0 = i32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let s4 = s0;
    let s5 = s0;
    let s6 = s0;
    let s7 = s0;
    for (let i = 0; i < pairs; i++) {
      const factor = v128.load_splat<i32>(x);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(factor, v128.load(p0)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(factor, v128.load(p0, 16)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(factor, v128.load(p1)));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(factor, v128.load(p1, 16)));
      s4 = i32x4.add(s4, i32x4.dot_i16x8_s(factor, v128.load(p2)));
      s5 = i32x4.add(s5, i32x4.dot_i16x8_s(factor, v128.load(p2, 16)));
      s6 = i32x4.add(s6, i32x4.dot_i16x8_s(factor, v128.load(p3)));
      s7 = i32x4.add(s7, i32x4.dot_i16x8_s(factor, v128.load(p3, 16)));
      x += 4;
      p0 += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
    }
    storeScaled(s0, s1, rowScale, colScale, bias, least, c);
    storeScaled(s2, s3, rowScale, colScale + 32, bias + 32, least, c + 32);
    storeScaled(s4, s5, rowScale, colScale + 64, bias + 64, least, c + 64);
    storeScaled(s6, s7, rowScale, colScale + 96, bias + 96, least, c + 96);
    b += panelStride << 2;
    c += 128;
    bias += 128;
    colScale += 128;
  }
  for (; panel < panels; panel++) {
    let x = a;
    let p = b;
    let s0 = i32x4.splat(0);
    let s1 = s0;
    for (let i = 0; i < pairs; i++) {
      const factor = v128.load_splat<i32>(x);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(factor, v128.load(p)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(factor, v128.load(p, 16)));
      x += 4;
      p += 32;
    }
    storeScaled(s0, s1, rowScale, colScale, bias, least, c);
    b += panelStride;
    c += 32;
    bias += 32;
    colScale += 32;
  }
}

@inline
function storeScaled(
  low: v128,
  high: v128,
  rowScale: usize,
  colScale: usize,
  bias: usize,
  least: v128,
  dst: usize,
): void {
  const scale = v128.load_splat<f32>(rowScale);
  const lowScale = f32x4.mul(scale, v128.load(colScale));
  const highScale = f32x4.mul(scale, v128.load(colScale, 16));
  const lowSum = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(low), lowScale), v128.load(bias));
  const highSum = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(high), highScale), v128.load(bias, 16));
  v128.store(dst, f32x4.pmax(lowSum, least));
  v128.store(dst, f32x4.pmax(highSum, least), 16);
}

/** Adding 1.5 * 2^23 leaves a float below 2^22 no fraction bits: the addition itself rounds halves to even. */
const TO_INTEGER: f32 = 12582912;

/** A row below this counts as zero: steps of it could not be counted by a float. */
const LEAST_PEAK: f32 = 1e-30;

/**
 * Rounds each row of `cols` floats, a multiple of 8, to `levels` steps of its own largest magnitude.
 *
 * A row that is not finite gets a scale that is not either, so that whatever is made of its codes shows it.
 */
export function quantizeInputs(
  x: usize,
  xStride: usize,
  rows: i32,
  cols: i32,
  levels: f32,
  codes: usize,
  codesStride: usize,
  scales: usize,
): void {
  const toInteger = f32x4.splat(TO_INTEGER);
  for (let row = 0; row < rows; row++) {
    let peak = i32x4.splat(0);
    for (let c: usize = 0; c < <usize>cols << 2; c += 32) {
      peak = largerMagnitude(largerMagnitude(peak, v128.load(x + c)), v128.load(x + c, 16));
    }
    const largest = largestMagnitude(peak);
    const inverse = f32x4.splat(largest < LEAST_PEAK ? 0 : levels / largest);
    store<f32>(scales, largest / levels);
    let to = codes;
    for (let c: usize = 0; c < <usize>cols << 2; c += 32) {
      const low = f32x4.add(f32x4.mul(v128.load(x + c), inverse), toInteger);
      const high = f32x4.add(f32x4.mul(v128.load(x + c, 16), inverse), toInteger);
      v128.store(to, i16x8.narrow_i32x4_s(i32x4.sub(low, toInteger), i32x4.sub(high, toInteger)));
      to += 16;
    }
    x += xStride;
    codes += codesStride;
    scales += 4;
  }
}

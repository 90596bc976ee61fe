// Products of matrices by tiles of 4 rows and 8 columns: 8 sums and 3 operands stay in the 16 registers of every host.
// Tiles of 6 rows do not; V8 then moves sums to memory and back, at half the speed.

/** Columns of a panel, and bytes of one of its rows. */
export const PANEL: i32 = 8;
export const PANEL_BYTES: usize = 32;

/**
 * Overwrites c[r][8p + n] with max(bias[8p + n] + sum over k of a[r][k] * b[p][k][n], floor), times 0 where mask[r][8p + n] <= 0.
 *
 * Rows are taken in fours: memory holds as many. Strides are in bytes; mask 0 leaves all, floor -Infinity as well.
 * Every sum runs over k in order, so that the parts of a product may be computed by any thread.
 */
export function multiplyPanels(
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  panelStride: usize,
  k: i32,
  rows: i32,
  panels: i32,
  c: usize,
  cStride: usize,
  bias: usize,
  floor: f32,
  mask: usize,
  maskStride: usize,
): void {
  // One instruction where max takes many; a sum that is NaN, as the first operand, stays.
  const least = f32x4.splat(floor);
  for (let panel = 0; panel < panels; panel++) {
    let rowA = a;
    let rowC = c;
    let rowM = mask;
    for (let row = 0; row < rows; row += 4) {
      let a0 = rowA;
      let a1 = a0 + aStride;
      let a2 = a1 + aStride;
      let a3 = a2 + aStride;
      let p = b;
      let s00 = f32x4.splat(0);
      let s01 = s00;
      let s10 = s00;
      let s11 = s00;
      let s20 = s00;
      let s21 = s00;
      let s30 = s00;
      let s31 = s00;
      for (let i = 0; i < k; i++) {
        const b0 = v128.load(p);
        const b1 = v128.load(p, 16);
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
        a0 += 4;
        a1 += 4;
        a2 += 4;
        a3 += 4;
        p += bStride;
      }
      const bias0 = v128.load(bias);
      const bias1 = v128.load(bias, 16);
      s00 = f32x4.pmax(f32x4.add(s00, bias0), least);
      s01 = f32x4.pmax(f32x4.add(s01, bias1), least);
      s10 = f32x4.pmax(f32x4.add(s10, bias0), least);
      s11 = f32x4.pmax(f32x4.add(s11, bias1), least);
      s20 = f32x4.pmax(f32x4.add(s20, bias0), least);
      s21 = f32x4.pmax(f32x4.add(s21, bias1), least);
      s30 = f32x4.pmax(f32x4.add(s30, bias0), least);
      s31 = f32x4.pmax(f32x4.add(s31, bias1), least);
      if (mask != 0) {
        let m = rowM;
        s00 = masked(s00, m);
        s01 = masked(s01, m + 16);
        m += maskStride;
        s10 = masked(s10, m);
        s11 = masked(s11, m + 16);
        m += maskStride;
        s20 = masked(s20, m);
        s21 = masked(s21, m + 16);
        m += maskStride;
        s30 = masked(s30, m);
        s31 = masked(s31, m + 16);
        rowM = m + maskStride;
      }
      v128.store(rowC, s00);
      v128.store(rowC, s01, 16);
      rowC += cStride;
      v128.store(rowC, s10);
      v128.store(rowC, s11, 16);
      rowC += cStride;
      v128.store(rowC, s20);
      v128.store(rowC, s21, 16);
      rowC += cStride;
      v128.store(rowC, s30);
      v128.store(rowC, s31, 16);
      rowC += cStride;
      rowA += aStride << 2;
    }
    b += panelStride;
    c += PANEL_BYTES;
    bias += PANEL_BYTES;
    if (mask != 0) mask += PANEL_BYTES;
  }
}

/** A product, not a choice, so that an infinite value under a zero becomes NaN and is seen, as in the reference. */
@inline
function masked(value: v128, mask: usize): v128 {
  return f32x4.mul(value, v128.and(f32x4.gt(v128.load(mask), f32x4.splat(0)), f32x4.splat(1)));
}

/**
 * Adds to sums[i][n] the products x[s][i] * y[s][n] of `samples` samples in order: 8 columns of a weight gradient.
 *
 * @param inputs rows of sums; taken in fours
 */
export function accumulateOuter(
  x: usize,
  xStride: usize,
  y: usize,
  yStride: usize,
  samples: i32,
  inputs: i32,
  sums: usize,
): void {
  for (let input = 0; input < inputs; input += 4) {
    let s00 = v128.load(sums);
    let s01 = v128.load(sums, 16);
    let s10 = v128.load(sums, 32);
    let s11 = v128.load(sums, 48);
    let s20 = v128.load(sums, 64);
    let s21 = v128.load(sums, 80);
    let s30 = v128.load(sums, 96);
    let s31 = v128.load(sums, 112);
    let p = x;
    let q = y;
    for (let sample = 0; sample < samples; sample++) {
      const y0 = v128.load(q);
      const y1 = v128.load(q, 16);
      let w = v128.load_splat<f32>(p);
      s00 = f32x4.add(s00, f32x4.mul(w, y0));
      s01 = f32x4.add(s01, f32x4.mul(w, y1));
      w = v128.load_splat<f32>(p, 4);
      s10 = f32x4.add(s10, f32x4.mul(w, y0));
      s11 = f32x4.add(s11, f32x4.mul(w, y1));
      w = v128.load_splat<f32>(p, 8);
      s20 = f32x4.add(s20, f32x4.mul(w, y0));
      s21 = f32x4.add(s21, f32x4.mul(w, y1));
      w = v128.load_splat<f32>(p, 12);
      s30 = f32x4.add(s30, f32x4.mul(w, y0));
      s31 = f32x4.add(s31, f32x4.mul(w, y1));
      p += xStride;
      q += yStride;
    }
    v128.store(sums, s00);
    v128.store(sums, s01, 16);
    v128.store(sums, s10, 32);
    v128.store(sums, s11, 48);
    v128.store(sums, s20, 64);
    v128.store(sums, s21, 80);
    v128.store(sums, s30, 96);
    v128.store(sums, s31, 112);
    sums += 128;
    x += 16;
  }
}

import { sumFour, sumLanes } from "../lanes";

/** Bytes of left rows that stay in the first cache while all rows of right pass. */
const BLOCK_BYTES: i32 = 1 << 15;

/** Overwrites c[r][j] with start[j] (0 when start is 0) + the dot product of rows r of left and j of right. */
export function multiplyRows(
  left: usize,
  right: usize,
  terms: i32,
  start: usize,
  c: usize,
  rows: i32,
  columns: i32,
): void {
  const stride = <usize>terms << 2;
  const cStride = <usize>columns << 2;
  const block = max(4, (BLOCK_BYTES / <i32>stride) & ~3);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    multiplyBlock(left + <usize>first * stride, right, stride, start, c + <usize>first * cStride, count, columns);
  }
}

function multiplyBlock(
  left: usize,
  right: usize,
  stride: usize,
  start: usize,
  c: usize,
  rows: i32,
  columns: i32,
): void {
  const cStride = <usize>columns << 2;
  const tiled = rows & ~3;
  let column = 0;
  for (; column + 2 <= columns; column += 2) {
    const at = <usize>column << 2;
    const b = right + <usize>column * stride;
    const bias0: f32 = start == 0 ? 0 : load<f32>(start + at);
    const bias1: f32 = start == 0 ? 0 : load<f32>(start + at, 4);
    for (let row = 0; row < tiled; row += 4) {
      tileFourByTwo(left + <usize>row * stride, b, stride, c + <usize>row * cStride + at, cStride, bias0, bias1);
    }
  }
  for (let row = tiled; row < rows; row++) {
    multiplyRow(left + <usize>row * stride, right, stride, start, c + <usize>row * cStride, 0, columns);
  }
  if (column == columns) return;
  for (let row = 0; row < tiled; row++) {
    multiplyRow(left + <usize>row * stride, right, stride, start, c + <usize>row * cStride, column, columns);
  }
}

/** Writes columns [from, columns) of one row of {@link multiplyRows}. */
function multiplyRow(
  left: usize,
  right: usize,
  stride: usize,
  start: usize,
  c: usize,
  from: i32,
  columns: i32,
): void {
  let column = from;
  for (; column + 4 <= columns; column += 4) {
    const at = <usize>column << 2;
    const sums = dotFour(left, right + <usize>column * stride, stride);
    v128.store(c + at, start == 0 ? sums : f32x4.add(sums, v128.load(start + at)));
  }
  for (; column < columns; column++) {
    const at = <usize>column << 2;
    const sum = dot(left, right + <usize>column * stride, stride);
    store<f32>(c + at, start == 0 ? sum : sum + load<f32>(start + at));
  }
}

function tileFourByTwo(
  a0: usize,
  b0: usize,
  stride: usize,
  c: usize,
  cStride: usize,
  bias0: f32,
  bias1: f32,
): void {
  const a1 = a0 + stride;
  const a2 = a1 + stride;
  const a3 = a2 + stride;
  const b1 = b0 + stride;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  let k: usize = 0;
  for (; k + 16 <= stride; k += 16) {
    const x = v128.load(b0 + k);
    const y = v128.load(b1 + k);
    let a = v128.load(a0 + k);
    s00 = f32x4.add(s00, f32x4.mul(a, x));
    s01 = f32x4.add(s01, f32x4.mul(a, y));
    a = v128.load(a1 + k);
    s10 = f32x4.add(s10, f32x4.mul(a, x));
    s11 = f32x4.add(s11, f32x4.mul(a, y));
    a = v128.load(a2 + k);
    s20 = f32x4.add(s20, f32x4.mul(a, x));
    s21 = f32x4.add(s21, f32x4.mul(a, y));
    a = v128.load(a3 + k);
    s30 = f32x4.add(s30, f32x4.mul(a, x));
    s31 = f32x4.add(s31, f32x4.mul(a, y));
  }
  store<f32>(c, rest(sumLanes(s00), a0, b0, k, stride) + bias0);
  store<f32>(c, rest(sumLanes(s01), a0, b1, k, stride) + bias1, 4);
  c += cStride;
  store<f32>(c, rest(sumLanes(s10), a1, b0, k, stride) + bias0);
  store<f32>(c, rest(sumLanes(s11), a1, b1, k, stride) + bias1, 4);
  c += cStride;
  store<f32>(c, rest(sumLanes(s20), a2, b0, k, stride) + bias0);
  store<f32>(c, rest(sumLanes(s21), a2, b1, k, stride) + bias1, 4);
  c += cStride;
  store<f32>(c, rest(sumLanes(s30), a3, b0, k, stride) + bias0);
  store<f32>(c, rest(sumLanes(s31), a3, b1, k, stride) + bias1, 4);
}

/** Sums in the order of {@link tileFourByTwo}, so that a row does not depend on those beside it. */
export function dot(a: usize, b: usize, bytes: usize): f32 {
  let sums = f32x4.splat(0);
  let k: usize = 0;
  for (; k + 16 <= bytes; k += 16) sums = f32x4.add(sums, f32x4.mul(v128.load(a + k), v128.load(b + k)));
  return rest(sumLanes(sums), a, b, k, bytes);
}

/** Multiplies one vector by four that follow each other, each in the order of {@link dot}. */
export function dotFour(a: usize, b0: usize, bytes: usize): v128 {
  const b1 = b0 + bytes;
  const b2 = b1 + bytes;
  const b3 = b2 + bytes;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let k: usize = 0;
  for (; k + 16 <= bytes; k += 16) {
    const x = v128.load(a + k);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b0 + k)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b1 + k)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b2 + k)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b3 + k)));
  }
  let sums = sumFour(s0, s1, s2, s3);
  for (; k < bytes; k += 4) {
    const column = f32x4(load<f32>(b0 + k), load<f32>(b1 + k), load<f32>(b2 + k), load<f32>(b3 + k));
    sums = f32x4.add(sums, f32x4.mul(v128.load_splat<f32>(a + k), column));
  }
  return sums;
}

@inline
function rest(sum: f32, a: usize, b: usize, from: usize, bytes: usize): f32 {
  for (let k = from; k < bytes; k += 4) sum += load<f32>(a + k) * load<f32>(b + k);
  return sum;
}

/** Replaces what is not above zero by zero; NaN stays NaN, so that a broken sample shows in the loss. */
export function applyRelu(y: usize, count: i32): void {
  const end = <usize>count << 2;
  const zero = f32x4.splat(0);
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const x = v128.load(y + i);
    v128.store(y + i, v128.andnot(x, f32x4.le(x, zero)));
  }
  for (; i < end; i += 4) if (load<f32>(y + i) <= 0) store<f32>(y + i, 0);
}

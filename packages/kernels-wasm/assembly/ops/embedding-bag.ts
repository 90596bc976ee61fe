import { AHEAD, divideRow, touchRows } from "./pool";

/**
 * Pools the rows of each bag; `weights` are read when `weighted`.
 *
 * Returns the position of the first index outside [0, rows), or -1.
 */
export function embeddingBag(
  table: usize,
  rows: i32,
  indices: usize,
  offsets: usize,
  weights: usize,
  weighted: bool,
  dst: usize,
  bags: i32,
  cols: i32,
  stride: i32,
  mean: bool,
): i32 {
  const end = load<i32>(offsets + (<usize>bags << 2));
  let touched = load<i32>(offsets);
  for (let bag = 0; bag < bags; bag++) {
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    if (last > touched) {
      const ahead = min(end, max(last, touched + AHEAD));
      const bad = touchRows(table, <usize>cols << 2, rows, indices, touched, ahead);
      if (bad >= 0) return bad;
      touched = ahead;
    }
    let col: i32 = 0;
    for (; col + 16 <= cols; col += 16) poolSixteen(table, indices, weights, weighted, dst, first, last, cols, col);
    for (; col + 4 <= cols; col += 4) poolFour(table, indices, weights, weighted, dst, first, last, cols, col);
    for (; col < cols; col++) poolOne(table, indices, weights, weighted, dst, first, last, cols, col);
    if (mean && last - first > 1) divideRow(dst, last - first, cols);
    offsets += 4;
    dst += <usize>stride << 2;
  }
  return -1;
}

@inline
function rowAt(table: usize, indices: usize, position: i32, cols: i32, col: i32): usize {
  return table + ((<usize>load<u32>(indices + (<usize>position << 2)) * cols + col) << 2);
}

@inline
function poolSixteen(
  table: usize,
  indices: usize,
  weights: usize,
  weighted: bool,
  dst: usize,
  first: i32,
  last: i32,
  cols: i32,
  col: i32,
): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let position = first; position < last; position++) {
    const row = rowAt(table, indices, position, cols, col);
    if (weighted) {
      const w = v128.load_splat<f32>(weights + (<usize>position << 2));
      a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
      b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(row, 48)));
    } else {
      a = f32x4.add(a, v128.load(row));
      b = f32x4.add(b, v128.load(row, 16));
      c = f32x4.add(c, v128.load(row, 32));
      d = f32x4.add(d, v128.load(row, 48));
    }
  }
  const to = dst + (<usize>col << 2);
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

@inline
function poolFour(
  table: usize,
  indices: usize,
  weights: usize,
  weighted: bool,
  dst: usize,
  first: i32,
  last: i32,
  cols: i32,
  col: i32,
): void {
  let sum = f32x4.splat(0);
  for (let position = first; position < last; position++) {
    const w = weighted ? v128.load_splat<f32>(weights + (<usize>position << 2)) : f32x4.splat(1);
    sum = f32x4.add(sum, f32x4.mul(w, v128.load(rowAt(table, indices, position, cols, col))));
  }
  v128.store(dst + (<usize>col << 2), sum);
}

@inline
function poolOne(
  table: usize,
  indices: usize,
  weights: usize,
  weighted: bool,
  dst: usize,
  first: i32,
  last: i32,
  cols: i32,
  col: i32,
): void {
  let sum: f32 = 0;
  for (let position = first; position < last; position++) {
    const w: f32 = weighted ? load<f32>(weights + (<usize>position << 2)) : 1;
    sum += w * load<f32>(rowAt(table, indices, position, cols, col));
  }
  store<f32>(dst + (<usize>col << 2), sum);
}

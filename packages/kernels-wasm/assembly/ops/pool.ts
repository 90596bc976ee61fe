/** Positions whose rows are touched before the first of them is pooled, so that their cache misses overlap. */
export const AHEAD: i32 = 64;

const LINE_BYTES: usize = 64;

/** What was touched, summed: a load whose value nobody wants might be left out. Every thread has its own. */
let touched: i32 = 0;

/** Touches the rows of positions [first, last). Returns the first position whose index is outside [0, rows), or -1. */
export function touchRows(table: usize, rowBytes: usize, rows: i32, indices: usize, first: i32, last: i32): i32 {
  let sum = 0;
  for (let position = first; position < last; position++) {
    const index = load<u32>(indices + (<usize>position << 2));
    if (index >= <u32>rows) return position;
    const row = table + <usize>index * rowBytes;
    for (let at: usize = 0; at < rowBytes; at += LINE_BYTES) sum += load<u8>(row + at);
  }
  touched = sum;
  return -1;
}

/** Adds a weighted row to dst, product and sum each rounded. */
export function addRow(src: usize, weight: f32, dst: usize, cols: i32): void {
  const weights = f32x4.splat(weight);
  let c: usize = 0;
  const end = <usize>cols << 2;
  for (; c + 16 <= end; c += 16) {
    v128.store(dst + c, f32x4.add(v128.load(dst + c), f32x4.mul(weights, v128.load(src + c))));
  }
  for (; c < end; c += 4) store<f32>(dst + c, load<f32>(dst + c) + weight * load<f32>(src + c));
}

/** Begins a sum with a weighted row, which is added to +0. */
export function putRow(src: usize, weight: f32, dst: usize, cols: i32): void {
  const weights = f32x4.splat(weight);
  const zero = f32x4.splat(0);
  let c: usize = 0;
  const end = <usize>cols << 2;
  for (; c + 16 <= end; c += 16) v128.store(dst + c, f32x4.add(zero, f32x4.mul(weights, v128.load(src + c))));
  for (; c < end; c += 4) store<f32>(dst + c, <f32>0 + weight * load<f32>(src + c));
}

/** Clears a row. */
export function clearRow(dst: usize, cols: i32): void {
  let c: usize = 0;
  const end = <usize>cols << 2;
  for (; c + 16 <= end; c += 16) v128.store(dst + c, f32x4.splat(0));
  for (; c < end; c += 4) store<f32>(dst + c, 0);
}

/** Counts beyond it are no f32 numbers, and the quotient needs a double. */
const LAST_F32_COUNT: i32 = 1 << 24;

/** Divides a pooled row by the number of its indices. */
export function divideRow(dst: usize, count: i32, cols: i32): void {
  let c: usize = 0;
  const end = <usize>cols << 2;
  if (count <= LAST_F32_COUNT) {
    const divisor = f32x4.splat(<f32>count);
    for (; c + 16 <= end; c += 16) v128.store(dst + c, f32x4.div(v128.load(dst + c), divisor));
  }
  for (; c < end; c += 4) store<f32>(dst + c, <f32>(<f64>load<f32>(dst + c) / <f64>count));
}

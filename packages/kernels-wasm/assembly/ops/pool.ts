/** Finds the first position in [first, last) whose index is outside [0, rows), or -1. */
// @ts-ignore: decorator
@inline
export function findOutside(indices: usize, first: i32, last: i32, rows: i32): i32 {
  for (let position = first; position < last; position++) {
    if (load<u32>(indices + (<usize>position << 2)) >= <u32>rows) return position;
  }
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

/**
 * Writes for each index of the bags the product of its bag's gradient and its row, summed in double.
 *
 * Returns the position of the first index outside [0, rows), or -1.
 */
export function embeddingBagWeightGradient(
  gradient: usize,
  table: usize,
  rows: i32,
  indices: usize,
  offsets: usize,
  dst: usize,
  bags: i32,
  cols: i32,
  stride: i32,
  mean: bool,
): i32 {
  for (let bag = 0; bag < bags; bag++) {
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    const divisor: f64 = mean ? <f64>(last - first) : 1;
    for (let position = first; position < last; position++) {
      const index = load<u32>(indices + ((<usize>position) << 2));
      if (index >= <u32>rows) return position;
      const sum = dotInDouble(gradient, table + ((<usize>index * cols) << 2), cols);
      store<f32>(dst + ((<usize>position) << 2), <f32>(sum / divisor));
    }
    offsets += 4;
    gradient += (<usize>stride) << 2;
  }
  return -1;
}

function dotInDouble(left: usize, right: usize, cols: i32): f64 {
  let sum: f64 = 0;
  const end = (<usize>cols) << 2;
  for (let c: usize = 0; c < end; c += 4) sum += <f64>load<f32>(left + c) * <f64>load<f32>(right + c);
  return sum;
}

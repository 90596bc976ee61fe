import { addRow, putRow } from "./pool";

/** 2^32 divided by the golden ratio: the top bits of the product depend on every bit of the row. */
const SPREAD: u32 = 0x9e3779b1;

/**
 * Finds the place of a row among `count` places, and takes the next one when it is new.
 *
 * A slot holds one more than the place, and 0 while it is free; probing is linear.
 */
@inline
function rowPlace(row: i32, count: i32, outRows: usize, slots: usize, mask: u32): i32 {
  let slot = (<u32>row * SPREAD) >> clz(mask);
  let place = load<i32>(slots + (<usize>slot << 2)) - 1;
  while (place >= 0 && load<i32>(outRows + (<usize>place << 2)) != row) {
    slot = (slot + 1) & mask;
    place = load<i32>(slots + (<usize>slot << 2)) - 1;
  }
  if (place >= 0) return place;
  store<i32>(slots + (<usize>slot << 2), count + 1);
  store<i32>(outRows + (<usize>count << 2), row);
  return count;
}

/** Sums row gradients by row; `mask` is that of slots, all of which are 0. Returns the number of distinct rows. */
export function coalesceRows(
  rows: usize,
  values: usize,
  count: i32,
  cols: i32,
  outRows: usize,
  outValues: usize,
  slots: usize,
  mask: u32,
): i32 {
  const bytes = <usize>cols << 2;
  let places = 0;
  for (let k = 0; k < count; k++) {
    const place = rowPlace(load<i32>(rows + (<usize>k << 2)), places, outRows, slots, mask);
    const to = outValues + <usize>place * bytes;
    if (place == places) {
      places++;
      putRow(values, 1, to, cols);
    } else {
      addRow(values, 1, to, cols);
    }
    values += bytes;
  }
  return places;
}

/**
 * Sums the gradients of the rows that bags read; `weights` are read when `weighted`.
 *
 * Returns the number of distinct rows, or −1 − the position of the first index outside [0, rows).
 */
export function embeddingBagBackward(
  gradient: usize,
  rows: i32,
  indices: usize,
  offsets: usize,
  weights: usize,
  weighted: bool,
  bags: i32,
  cols: i32,
  stride: i32,
  mean: bool,
  outRows: usize,
  outValues: usize,
  slots: usize,
  mask: u32,
): i32 {
  const bytes = <usize>cols << 2;
  let places = 0;
  for (let bag = 0; bag < bags; bag++) {
    const first = load<i32>(offsets);
    const last = load<i32>(offsets, 4);
    const divisor: f64 = mean ? <f64>(last - first) : 1;
    for (let position = first; position < last; position++) {
      const row = load<i32>(indices + (<usize>position << 2));
      if (<u32>row >= <u32>rows) return -1 - position;
      const weight: f64 = weighted ? <f64>load<f32>(weights + (<usize>position << 2)) : 1;
      const factor = <f32>(weight / divisor);
      const place = rowPlace(row, places, outRows, slots, mask);
      const to = outValues + <usize>place * bytes;
      if (place == places) {
        places++;
        putRow(gradient, factor, to, cols);
      } else {
        addRow(gradient, factor, to, cols);
      }
    }
    offsets += 4;
    gradient += <usize>stride << 2;
  }
  return places;
}

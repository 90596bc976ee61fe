import { BLOCK_SHIFT, followRow } from "./block-range";
import { ROWWISE, stepRowwise, stepWeights } from "./optimizer";
import { Plan, Table } from "./records";
import { addRow, clearRow, rowPeak } from "./rows";

// 2^32 divided by the golden ratio: the top bits of the product depend on every bit of the row.
const SPREAD: i32 = <i32>0x9e3779b1;

/** Ends a chain of positions. */
const NONE: i32 = -1;

/**
 * Steps each row of a table that the batch read once, in order of first appearance, against the sum of its terms in
 * index order.
 *
 * @param gradient of the table's vector in sample 0; the others follow at `stride`
 * @param scratch room for one row of floats and, for each position, seven words and the free half of the slots
 */
export function updateRows(plan: Plan, table: Table, gradient: usize, stride: usize, scratch: usize): void {
  const positions = table.positions;
  const words = (<usize>positions) << 2;
  const sum = scratch;
  const bagOf = sum + ((<usize>plan.vectorCols) << 2);
  const next = bagOf + words;
  const rows = next + words;
  const heads = rows + words;
  const tails = heads + words;
  const slots = tails + words;
  noteBags(table, plan.size, bagOf);
  const count = chainRows(table, load<i32>(table.offsets), positions, next, rows, heads, tails, slots);
  for (let place: usize = 0; place < (<usize>count) << 2; place += 4) {
    clearRow(sum, plan.cols);
    for (let at = load<i32>(heads + place); at != NONE; at = load<i32>(next + ((<usize>at) << 2))) {
      const bag = load<i32>(bagOf + ((<usize>at) << 2));
      addRow(gradient + <usize>bag * stride, factorOf(table, bag, at), sum, plan.cols);
    }
    stepRow(plan, table, load<i32>(rows + place), sum);
  }
}

/** Writes, for each position, the bag that it belongs to. */
function noteBags(table: Table, size: i32, bagOf: usize): void {
  for (let bag = 0; bag < size; bag++) {
    const offsets = table.offsets + ((<usize>bag) << 2);
    const end = bagOf + ((<usize>load<i32>(offsets, 4)) << 2);
    for (let at = bagOf + ((<usize>load<i32>(offsets)) << 2); at < end; at += 4) store<i32>(at, bag);
  }
}

/** Chains the positions of each distinct row in order, and returns how many rows there are. */
function chainRows(
  table: Table,
  first: i32,
  end: i32,
  next: usize,
  rows: usize,
  heads: usize,
  tails: usize,
  slots: usize,
): i32 {
  // Twice as many slots as rows: probes stay short.
  const shift = clz(max(1, 2 * (end - first) - 1));
  const mask = -1 >>> shift;
  memory.fill(slots, 0, (<usize>mask + 1) << 2);
  let count = 0;
  let seen = 0;
  for (let at = first; at < end; at++) {
    const row = load<i32>(table.indices + ((<usize>at) << 2));
    let slot = (row * SPREAD) >>> shift;
    let place = NONE;
    for (;;) {
      const held = load<i32>(slots + ((<usize>slot) << 2));
      if (held == 0) break;
      if (load<i32>(rows + ((<usize>(held - 1)) << 2)) == row) {
        place = held - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
    store<i32>(next + ((<usize>at) << 2), NONE);
    if (place == NONE) {
      place = count++;
      store<i32>(slots + ((<usize>slot) << 2), count);
      store<i32>(rows + ((<usize>place) << 2), row);
      store<i32>(heads + ((<usize>place) << 2), at);
      seen |= readAhead(table, row);
    } else store<i32>(next + ((<usize>load<i32>(tails + ((<usize>place) << 2))) << 2), at);
    store<i32>(tails + ((<usize>place) << 2), at);
  }
  // Kept alive by a store where the chains do not reach.
  store<i32>(slots + ((<usize>mask + 1) << 2), seen);
  return count;
}

/** Reads a number of each line that the update of a row will need, side by side with those of other rows: see bagsFit. */
@inline
function readAhead(table: Table, row: i32): i32 {
  const weight: i32 = load<u8>(table.weights + <usize>row * table.rowBytes);
  if (table.tree == 0) return weight;
  const block = row >> BLOCK_SHIFT;
  const dirty: i32 = load<u8>(table.dirty + block);
  return weight | dirty | load<u8>(table.tree + ((<usize>(table.leaves + block)) << 2));
}

/** Gives the factor of a bag's gradient in the gradient of a row that it read. */
function factorOf(table: Table, bag: i32, position: i32): f32 {
  const weight = table.bagWeights == 0 ? <f32>1 : load<f32>(table.bagWeights + ((<usize>position) << 2));
  if (table.mean == 0) return weight;
  const offsets = table.offsets + ((<usize>bag) << 2);
  return weight / <f32>(load<i32>(offsets, 4) - load<i32>(offsets));
}

function stepRow(plan: Plan, table: Table, row: i32, gradient: usize): void {
  const cols = plan.cols;
  const at = table.weights + ((<usize>row * cols) << 2);
  const before: f32 = table.tree == 0 ? 0 : rowPeak(at, cols);
  if (plan.optimizer == ROWWISE) stepRowwise(plan, at, table.state + ((<usize>row) << 2), gradient, cols);
  else stepWeights(plan, at, table.state + ((<usize>row * cols) << 2), gradient, cols);
  if (table.tree != 0) followRow(table, row, before, rowPeak(at, cols));
}

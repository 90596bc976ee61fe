import { Table } from "./records";

/**
 * Tells whether the offsets of samples [from, to) rise within the indices, and all their indices lie in the table.
 *
 * It reads a number of every row on the way: rows far apart come from memory side by side, as many as the processor has
 * loads under way, and are near when the lookup works on one after the other. `sink` keeps these reads alive.
 */
export function bagsFit(table: Table, from: i32, to: i32, sink: usize): bool {
  const offsets = table.offsets + ((<usize>from) << 2);
  let first = load<i32>(offsets);
  if (first < 0) return false;
  for (let s = 1; s <= to - from; s++) {
    const last = load<i32>(offsets + ((<usize>s) << 2));
    if (last < first || last > table.positions) return false;
    first = last;
  }
  const rows = <u32>table.rows;
  const end = table.indices + ((<usize>first) << 2);
  let seen = 0;
  for (let at = table.indices + ((<usize>load<i32>(offsets)) << 2); at < end; at += 4) {
    const row = load<u32>(at);
    if (row >= rows) return false;
    seen |= load<u8>(table.weights + <usize>row * table.rowBytes);
  }
  store<i32>(sink, seen);
  return true;
}

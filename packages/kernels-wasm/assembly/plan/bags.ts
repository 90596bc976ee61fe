import { Table } from "./records";

/** Tells whether the offsets of samples [from, to) rise within the indices, and all their indices lie in the table. */
export function bagsFit(table: Table, from: i32, to: i32): bool {
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
  for (let at = table.indices + ((<usize>load<i32>(offsets)) << 2); at < end; at += 4) {
    if (load<u32>(at) >= rows) return false;
  }
  return true;
}

import { Table } from "./records";
import { rowPeak } from "./rows";

/** Rows of a block, as BLOCK_ROWS of the format. */
export const BLOCK_SHIFT: i32 = 8;

/** Sets the peak of one block and repairs the nodes above it. */
function setBlockPeak(table: Table, block: i32, peak: f32): void {
  let node = table.leaves + block;
  store<f32>(table.tree + ((<usize>node) << 2), peak);
  while (node > 1) {
    const parent = node >> 1;
    const children = table.tree + ((<usize>parent) << 3);
    const larger = max(load<f32>(children), load<f32>(children, 4));
    const at = table.tree + ((<usize>parent) << 2);
    if (load<f32>(at) == larger) return;
    store<f32>(at, larger);
    node = parent;
  }
}

function blockPeak(table: Table, cols: i32, block: i32): f32 {
  const first = block << BLOCK_SHIFT;
  const rows = min(1 << BLOCK_SHIFT, table.rows - first);
  return rowPeak(table.weights + ((<usize>first * cols) << 2), rows * cols);
}

/** Follows the update of a row whose largest magnitude was `before`. */
export function followRow(table: Table, row: i32, before: f32, after: f32): void {
  const block = row >> BLOCK_SHIFT;
  const bound = load<f32>(table.tree + ((<usize>(table.leaves + block)) << 2));
  // No update mends a NaN weight, and the row that holds it may be another: the block stays NaN.
  if (bound != bound) return;
  if (!(after < bound)) {
    store<u8>(table.dirty + block, 0);
    if (after != bound) setBlockPeak(table, block, after);
  } else if (before == bound) store<u8>(table.dirty + block, 1);
}

/** Gives the exact absmax of a table; rescans only dirty blocks that hold the bound. */
export function rangePeak(table: Table, cols: i32): f32 {
  const root = table.tree + 4;
  const blocks = (table.rows + (1 << BLOCK_SHIFT) - 1) >> BLOCK_SHIFT;
  while (!isNaN(load<f32>(root))) {
    let node = 1;
    while (node < table.leaves) {
      const left = load<f32>(table.tree + ((<usize>node) << 3));
      node = left == load<f32>(table.tree + ((<usize>node) << 2)) ? 2 * node : 2 * node + 1;
    }
    const block = node - table.leaves;
    if (block >= blocks || load<u8>(table.dirty + block) == 0) break;
    setBlockPeak(table, block, blockPeak(table, cols, block));
    store<u8>(table.dirty + block, 0);
  }
  return load<f32>(root);
}

/** Rebuilds the range of a table from all of its rows. */
export function scanRange(table: Table, cols: i32): void {
  const blocks = (table.rows + (1 << BLOCK_SHIFT) - 1) >> BLOCK_SHIFT;
  memory.fill(table.tree, 0, (<usize>table.leaves) << 3);
  memory.fill(table.dirty, 0, blocks);
  for (let block = 0; block < blocks; block++) {
    store<f32>(table.tree + ((<usize>(table.leaves + block)) << 2), blockPeak(table, cols, block));
  }
  for (let node = table.leaves - 1; node > 0; node--) {
    const children = table.tree + ((<usize>node) << 3);
    store<f32>(table.tree + ((<usize>node) << 2), max(load<f32>(children), load<f32>(children, 4)));
  }
}

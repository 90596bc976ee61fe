import { BLOCK_ROWS, type BlockRange } from "../format/block-range.ts";
import { checkLength } from "./checks.ts";
import { peakOf } from "./peak.ts";

/**
 * Rebuilds the range of a table from all of its rows, after they were loaded or initialised; every block is then clean.
 *
 * @shape table f32[rows × cols]
 * @throws SHAPE when the table or the range is too short for `rows`
 * @cost O(rows × cols), allocates nothing
 *
 * ```ts doctest
 * import { createBlockRange, scanRange } from "@dqrm/core";
 * const range = createBlockRange(2);
 * scanRange(Float32Array.of(1, -3, 2, 0), 2, 2, range);
 * range.tree[1]; // => 3
 * ```
 */
export function scanRange(table: Float32Array, rows: number, cols: number, range: BlockRange): void {
  const { leaves, tree, dirty } = range;
  const blocks = Math.ceil(rows / BLOCK_ROWS);
  checkLength("scanRange", "table", table.length, rows * cols);
  checkLength("scanRange", "range", dirty.length, blocks);
  tree.fill(0);
  dirty.fill(0);
  for (let block = 0; block < blocks; block++) {
    tree[leaves + block] = blockPeak(table, rows, cols, block);
  }
  for (let node = leaves - 1; node > 0; node--) {
    tree[node] = Math.max(tree[2 * node], tree[2 * node + 1]);
  }
}

/** Finds the largest magnitude in one block of a table's rows. */
export function blockPeak(table: Float32Array, rows: number, cols: number, block: number): number {
  const first = block * BLOCK_ROWS;
  return peakOf(table, first * cols, Math.min(first + BLOCK_ROWS, rows) * cols);
}

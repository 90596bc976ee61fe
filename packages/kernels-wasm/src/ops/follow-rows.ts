import { BLOCK_ROWS, setBlockPeak, type BlockRange } from "@dqrm/core";

/**
 * Follows the peaks of updated rows in a table's range.
 *
 * @shape peaks: absmax before and after of each of rows[begin..end), from element `at` on
 */
export function followRows(
  peaks: Float32Array,
  at: number,
  range: BlockRange,
  rows: Int32Array,
  begin: number,
  end: number,
): void {
  const { dirty, leaves, tree } = range;
  for (let k = begin; k < end; k++) {
    const before = peaks[at + 2 * (k - begin)];
    const after = peaks[at + 2 * (k - begin) + 1];
    const block = Math.floor(rows[k] / BLOCK_ROWS);
    const bound = tree[leaves + block];
    // No update mends a NaN weight, and the row that holds it may be another: the block stays NaN.
    if (Number.isNaN(bound)) continue;
    if (!(after < bound)) {
      // No row of the block exceeds the bound, so one that reaches it is the peak, and the block is clean again.
      dirty[block] = 0;
      if (after !== bound) setBlockPeak(range, block, after);
    } else if (before === bound) dirty[block] = 1;
  }
}

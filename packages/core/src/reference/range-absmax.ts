import { BLOCK_ROWS, peakBlock, setBlockPeak } from "../format/block-range.ts";
import type { OpFn, OpSpec } from "../kernel/ops.ts";
import { checkLength, checkSize } from "./checks.ts";
import { blockPeak } from "./scan-range.ts";

/** Prepares the exact absmax of a table whose block peaks are kept. */
export function prepareRangeAbsmax({ cols }: OpSpec<"rangeAbsmax">): OpFn<"rangeAbsmax"> {
  checkSize("rangeAbsmax", "cols", cols);
  return function rangeAbsmax(table, rows, range) {
    checkLength("rangeAbsmax", "table", table.length, rows * cols);
    const { tree, dirty } = range;
    checkLength("rangeAbsmax", "range", dirty.length, Math.ceil(rows / BLOCK_ROWS));
    // A NaN compares unequal to itself, so that no block could be found to hold it.
    while (!Number.isNaN(tree[1])) {
      const block = peakBlock(range);
      if (block >= dirty.length || dirty[block] === 0) break;
      setBlockPeak(range, block, blockPeak(table, rows, cols, block));
      dirty[block] = 0;
    }
    return tree[1];
  };
}

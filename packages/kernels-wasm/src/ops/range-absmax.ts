import { BLOCK_ROWS, peakBlock, setBlockPeak } from "@dqrm/core";
import { checkLength, checkSize } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { peakOf } from "./absmax.ts";
import type { Factory, Host } from "./host.ts";

/** Serves the exact absmax of a table whose block peaks are kept. */
export function serveRangeAbsmax(host: Host<TrainingExports>): Factory<"rangeAbsmax"> {
  return function prepareRangeAbsmax({ cols }) {
    checkSize("rangeAbsmax", "cols", cols);
    return function rangeAbsmax(table, rows, range) {
      checkLength("rangeAbsmax", "table", table.length, rows * cols);
      const { tree, dirty } = range;
      checkLength("rangeAbsmax", "range", dirty.length, Math.ceil(rows / BLOCK_ROWS));
      // A NaN compares unequal to itself, so that no block could be found to hold it.
      while (!Number.isNaN(tree[1])) {
        const block = peakBlock(range);
        if (block >= dirty.length || dirty[block] === 0) break;
        const first = block * BLOCK_ROWS;
        const last = Math.min(first + BLOCK_ROWS, rows);
        setBlockPeak(range, block, peakOf(host, table, first * cols, last * cols));
        dirty[block] = 0;
      }
      return tree[1];
    };
  };
}

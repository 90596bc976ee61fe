import { BLOCK_ROWS, peakBlock, setBlockPeak } from "@dqrm/core";
import { checkLength, checkSize } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import { peakOnDevice } from "./absmax.ts";
import type { Factory } from "./factory.ts";

const op = "rangeAbsmax";

/** Serves the exact absmax of a table whose block peaks are kept. */
export function serveRangeAbsmax(host: Host): Factory<"rangeAbsmax"> {
  return function prepareRangeAbsmax({ cols }) {
    checkSize(op, "cols", cols);

    return function rangeAbsmax(table, rows, range) {
      checkLength(op, "table", table.length, rows * cols);
      const { dirty, tree } = range;
      checkLength(op, "range", dirty.length, Math.ceil(rows / BLOCK_ROWS));
      // A NaN compares unequal to itself, so that no block could be found to hold it.
      while (!Number.isNaN(tree[1])) {
        const block = peakBlock(range);
        if (block >= dirty.length || dirty[block] === 0) break;
        const first = block * BLOCK_ROWS;
        const last = Math.min(first + BLOCK_ROWS, rows);
        setBlockPeak(range, block, peakOnDevice(host, table.subarray(first * cols, last * cols)));
        dirty[block] = 0;
      }
      return tree[1];
    };
  };
}

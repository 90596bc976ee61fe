import { BLOCK_ROWS, reference, setBlockPeak, type BlockRange, type RowGradient } from "@dqrm/core";
import {
  checkFinite,
  checkLearningRate,
  checkLength,
  checkOptimizer,
  checkPart,
  checkSize,
  failIndex,
  isNormalFloat,
} from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { NO_REFUSAL, rateParams } from "./rate-params.ts";
import { runSingle } from "./single-pass.ts";
import { gatherRows } from "./touched-bags.ts";

const op = "updateRows";

/** Serves the update of rows by sgd; adagrad divides by roots in double, which WGSL does not have. */
export function serveUpdateRows(host: Host): Factory<"updateRows"> {
  return function prepareUpdateRows(spec) {
    const { cols, optimizer } = spec;
    checkSize(op, "cols", cols);
    checkOptimizer(op, optimizer);
    if (optimizer.kind !== "sgd") return undefined;
    const define = reference.ops.updateRows?.(spec);

    return function updateRows(table, rows, state, gradient, learningRate, range, begin, end) {
      checkPart(op, begin, end);
      checkLearningRate(op, learningRate);
      checkLength(op, "gradient", gradient.count, end);
      checkLength(op, "table", table.length, rows * cols);
      if (range !== undefined) checkLength(op, "range", range.dirty.length, Math.ceil(rows / BLOCK_ROWS));
      checkRows(gradient, rows, begin, end);
      checkFinite("gradient", gradient.values, begin * cols, end * cols);
      if (!isNormalFloat(learningRate)) {
        // Two floats do not hold such a rate; the reference's double does.
        define?.(table, rows, state, gradient, learningRate, range, begin, end);
        return;
      }
      const touched = [...gradient.rows.subarray(begin, end)];
      const before = gatherRows(table, touched, cols, new Float32Array(touched.length * cols));
      const after = before.slice();
      runSingle(host, {
        shader: "update-rows",
        params: [touched.length, cols, 0, touched.length, ...rateParams(learningRate)],
        writes: [after],
        updates: true,
        reads: [
          Uint32Array.from(touched.keys()),
          gradient.values.subarray(begin * cols, end * cols),
          NO_REFUSAL,
        ],
        invocations: after.length,
      });
      touched.forEach((row, k) => {
        const part = (values: Float32Array): Float32Array => values.subarray(k * cols, (k + 1) * cols);
        table.set(part(after), row * cols);
        if (range !== undefined) followRow(range, row, peakOf(part(before)), peakOf(part(after)));
      });
    };
  };
}

function checkRows(gradient: RowGradient, rows: number, begin: number, end: number): void {
  for (let k = begin; k < end; k++) {
    const row = gradient.rows[k];
    if (row < 0 || row >= rows) failIndex(op, k, row, rows);
  }
}

function peakOf(values: Float32Array): number {
  return values.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
}

/** Follows the peak of an updated row in its block's. */
function followRow(range: BlockRange, row: number, before: number, after: number): void {
  const block = Math.floor(row / BLOCK_ROWS);
  const bound = range.tree[range.leaves + block];
  // No update mends a NaN weight, and the row that holds it may be another: the block stays NaN.
  if (Number.isNaN(bound)) return;
  if (!(after < bound)) {
    range.dirty[block] = 0;
    if (after !== bound) setBlockPeak(range, block, after);
  } else if (before === bound) range.dirty[block] = 1;
}

import { BLOCK_ROWS, setBlockPeak, type BlockRange } from "../format/block-range.ts";
import type { RowGradient } from "../format/row-gradient.ts";
import type { OpFn, UpdateRowsSpec } from "../kernel/ops.ts";
import { checkFinite, checkLength, checkPart, checkSize, failIndex } from "./checks.ts";
import { peakOf } from "./peak.ts";
import { checkLearningRate, checkOptimizer, stepAdagrad, stepSgd } from "./update-span.ts";

/** Prepares the update of the rows that a batch touched. */
export function prepareUpdateRows(spec: UpdateRowsSpec): OpFn<"updateRows"> {
  const { cols, optimizer } = spec;
  checkSize("updateRows", "cols", cols);
  checkOptimizer("updateRows", optimizer);
  const statePerRow = optimizer.kind === "adagrad" ? cols : optimizer.kind === "sgd" ? 0 : 1;

  return function updateRows(table, rows, state, gradient, learningRate, range, begin, end) {
    checkPart("updateRows", begin, end);
    checkLearningRate("updateRows", learningRate);
    checkLength("updateRows", "gradient", gradient.count, end);
    checkLength("updateRows", "table", table.length, rows * cols);
    checkLength("updateRows", "state", state.length, rows * statePerRow);
    if (range !== undefined) {
      checkLength("updateRows", "range", range.dirty.length, Math.ceil(rows / BLOCK_ROWS));
    }
    checkRows(gradient, rows, begin, end);
    checkFinite("gradient", gradient.values, begin * cols, end * cols);
    for (let k = begin; k < end; k++) {
      const row = gradient.rows[k];
      const at = row * cols;
      const before = range === undefined ? 0 : peakOf(table, at, at + cols);
      step(spec, table, state, row, gradient.values, k * cols, learningRate);
      if (range !== undefined) followRow(range, row, before, peakOf(table, at, at + cols));
    }
  };
}

function checkRows(gradient: RowGradient, rows: number, begin: number, end: number): void {
  for (let k = begin; k < end; k++) {
    const row = gradient.rows[k];
    if (row < 0 || row >= rows) failIndex("updateRows", k, row, rows);
  }
}

function step(
  { cols, optimizer }: UpdateRowsSpec,
  table: Float32Array,
  state: Float32Array,
  row: number,
  values: Float32Array,
  from: number,
  learningRate: number,
): void {
  const at = row * cols;
  switch (optimizer.kind) {
    case "sgd":
      stepSgd(table, at, values, from, cols, learningRate);
      break;
    case "adagrad":
      stepAdagrad(table, state, at, values, from, cols, learningRate, optimizer.epsilon);
      break;
    case "rowwise-adagrad": {
      let squares = 0;
      for (let c = 0; c < cols; c++) squares += values[from + c] * values[from + c];
      const sum = state[row] + squares / cols;
      state[row] = sum;
      const rate = Math.sqrt(sum) + optimizer.epsilon;
      if (squares === 0) break;
      for (let c = 0; c < cols; c++) table[at + c] -= (learningRate * values[from + c]) / rate;
      break;
    }
  }
}

function followRow(range: BlockRange, row: number, before: number, after: number): void {
  const block = Math.floor(row / BLOCK_ROWS);
  const bound = range.tree[range.leaves + block];
  // No update mends a NaN weight, and the row that holds it may be another: the block stays NaN.
  if (Number.isNaN(bound)) return;
  if (!(after < bound)) {
    // No row of the block exceeds the bound, so one that reaches it is the peak, and the block is clean again.
    range.dirty[block] = 0;
    if (after !== bound) setBlockPeak(range, block, after);
  } else if (before === bound) range.dirty[block] = 1;
}

import { BLOCK_ROWS, type RowGradient } from "@dqrm/core";
import {
  checkLearningRate,
  checkLength,
  checkOptimizer,
  checkPart,
  checkSize,
  failIndex,
} from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { checkGradient } from "./check-gradient.ts";
import { followRows } from "./follow-rows.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";
import { gatherTouched, giveTouched, lendTouched } from "./lend-touched.ts";
import { OPTIMIZER_CODES } from "./optimizer-code.ts";

/** Serves the update of the rows that a batch touched. */
export function serveUpdateRows(host: Host<TrainingExports>): Factory<"updateRows"> {
  const { exports, stage } = host;
  return function prepareUpdateRows({ cols, optimizer }) {
    checkSize("updateRows", "cols", cols);
    checkOptimizer("updateRows", optimizer);
    const stateCols = optimizer.kind === "adagrad" ? cols : optimizer.kind === "sgd" ? 0 : 1;
    const epsilon = optimizer.kind === "sgd" ? 0 : optimizer.epsilon;
    const step = rowsPerPart(4 * (2 * cols + stateCols + 4));

    return function updateRows(table, rows, state, gradient, learningRate, range, begin, end) {
      checkPart("updateRows", begin, end);
      checkLearningRate("updateRows", learningRate);
      checkLength("updateRows", "gradient", gradient.count, end);
      checkLength("updateRows", "table", table.length, rows * cols);
      checkLength("updateRows", "state", state.length, rows * stateCols);
      if (range !== undefined) {
        checkLength("updateRows", "range", range.dirty.length, Math.ceil(rows / BLOCK_ROWS));
      }
      checkRows(gradient, rows, begin, end);
      checkGradient(host, gradient.values, begin * cols, end * cols);
      const inPlace = stage.owns(table) && (stateCols === 0 || stage.owns(state));
      for (let k = begin; k < end; k += step) {
        const last = Math.min(k + step, end);
        stage.open();
        const peaks = range === undefined ? 0 : stage.take(8 * (last - k));
        const at = inPlace ? table.byteOffset : gatherTouched(stage, table, cols, gradient.rows, k, last);
        const held = inPlace
          ? state.byteOffset
          : gatherTouched(stage, state, stateCols, gradient.rows, k, last);
        exports.updateRows(
          at,
          held,
          lendTouched(stage, gradient.rows, k, last, !inPlace),
          stage.read(gradient.values, k * cols, last * cols) + 4 * k * cols,
          last - k,
          cols,
          stateCols,
          OPTIMIZER_CODES[optimizer.kind],
          learningRate,
          epsilon,
          peaks,
        );
        if (!inPlace) {
          giveTouched(stage, table, cols, gradient.rows, k, last, at);
          giveTouched(stage, state, stateCols, gradient.rows, k, last, held);
        }
        if (range !== undefined) followRows(stage.floats, peaks / 4, range, gradient.rows, k, last);
      }
    };
  };
}

function checkRows(gradient: RowGradient, rows: number, begin: number, end: number): void {
  for (let k = begin; k < end; k++) {
    const row = gradient.rows[k];
    if (row < 0 || row >= rows) failIndex("updateRows", k, row, rows);
  }
}

import type { TableTraining } from "./table-training.ts";

/** A row that trained more often than this is not rare for any threshold. */
const MOST_TOUCHES = 2 ** 31 - 1;

/** Counts, for each row, the steps that touched it, beside what a table's training does already. */
export function withTouchCounts(training: TableTraining, touches: Int32Array): TableTraining {
  return {
    ...training,
    applyGradient(gradient, learningRate, step) {
      training.applyGradient(gradient, learningRate, step);
      for (let k = 0; k < gradient.count; k++) {
        const row = gradient.rows[k];
        if (touches[row] < MOST_TOUCHES) touches[row]++;
      }
    },
  };
}

import type { TableTraining } from "./table-training.ts";

/** Prepares the copy of single rows of a table of floats. */
export function prepareRowReader(weights: Float32Array, cols: number): TableTraining["readRows"] {
  return function readRows(rows, count, dst) {
    for (let k = 0; k < count; k++) {
      const from = rows[k] * cols;
      const to = k * cols;
      for (let c = 0; c < cols; c++) dst[to + c] = weights[from + c];
    }
  };
}

import { DqrmError, reserveRowGradient, type RowGradient } from "@dqrm/core";

/** Receives the rows that a payload decodes to; `rows` and `cols` bound what a payload may name. */
export interface RowSink {
  readonly rows: number;
  readonly cols: number;
  /** Adds values[offset .. offset + cols) to a row; `values` is only valid during the call. */
  add(row: number, values: Float32Array, offset: number): void;
}

/**
 * Creates a sink that adds into a matrix: the parameter's whole gradient, or the parameter itself.
 *
 * @shape values f32[rows × cols]
 * @throws SHAPE when values has another length
 *
 * ```ts doctest
 * import { createDenseSink } from "@dqrm/comm";
 * const values = Float32Array.of(1, 2, 3, 4);
 * createDenseSink(values, 2, 2).add(1, Float32Array.of(10, 20), 0);
 * [...values]; // => [1, 2, 13, 24]
 * ```
 */
export function createDenseSink(values: Float32Array, rows: number, cols: number): RowSink {
  if (values.length !== rows * cols) {
    throw new DqrmError("SHAPE", {
      op: "createDenseSink",
      what: "values",
      expected: rows * cols,
      actual: values.length,
    });
  }
  return {
    rows,
    cols,
    add(row, source, offset) {
      for (let c = 0; c < cols; c++) values[row * cols + c] += source[offset + c];
    },
  };
}

/**
 * Creates a sink that appends rows to a gradient, which grows as needed.
 *
 * Rows of several payloads may repeat: pass the result to the kernel `coalesceRows` before an optimizer sees it.
 *
 * ```ts doctest
 * import { createAppendSink } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const gradient = createRowGradient(2, 0);
 * createAppendSink(gradient, 100).add(42, Float32Array.of(0.5, 1), 0);
 * [gradient.count, gradient.rows[0], gradient.values[1]]; // => [1, 42, 1]
 * ```
 */
export function createAppendSink(gradient: RowGradient, rows: number): RowSink {
  const { cols } = gradient;
  return {
    rows,
    cols,
    add(row, source, offset) {
      const at = gradient.count;
      reserveRowGradient(gradient, at + 1);
      gradient.rows[at] = row;
      for (let c = 0; c < cols; c++) gradient.values[at * cols + c] = source[offset + c];
      gradient.count = at + 1;
    },
  };
}

import { DqrmError, reserveRowGradient, type Kernels, type RowGradient } from "@dqrm/core";
import { kernelsOr } from "./codecs/value-body.ts";
import { prepareSums } from "./codecs/value-sums.ts";

/** Receives the rows that a payload decodes to; `rows` and `cols` bound what a payload may name. */
export interface RowSink {
  readonly rows: number;
  readonly cols: number;
  /** Adds values[offset .. offset + cols) to a row; `values` is only valid during the call. */
  add(row: number, values: Float32Array, offset: number): void;
  /** Does as `add` with every row of a gradient, whose rows ascend, each once, where a sink can do so faster. */
  addRows?(gradient: RowGradient): void;
}

/** Adds all rows of a decoded gradient to a sink. */
export function addRows(sink: RowSink, gradient: RowGradient): void {
  if (sink.addRows !== undefined) {
    sink.addRows(gradient);
    return;
  }
  const { cols, count, rows, values } = gradient;
  for (let i = 0; i < count; i++) sink.add(rows[i], values, i * cols);
}

/**
 * Creates a sink that adds into a matrix: the parameter's whole gradient, or the parameter itself; `kernels` are whose loops add
 * all rows at once.
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
export function createDenseSink(
  values: Float32Array,
  rows: number,
  cols: number,
  kernels?: Kernels,
): RowSink {
  if (values.length !== rows * cols) {
    throw new DqrmError("SHAPE", {
      op: "createDenseSink",
      what: "values",
      expected: rows * cols,
      actual: values.length,
    });
  }
  const sums = prepareSums(kernelsOr(kernels));
  const add: RowSink["add"] = (row, source, offset) => {
    for (let c = 0; c < cols; c++) values[row * cols + c] += source[offset + c];
  };
  return {
    rows,
    cols,
    add,
    addRows(gradient) {
      const { count, rows: ids, values: source } = gradient;
      if (count === rows) sums.add(values, source.subarray(0, rows * cols));
      else for (let i = 0; i < count; i++) add(ids[i], source, i * cols);
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
    addRows({ count, rows: ids, values }) {
      const at = gradient.count;
      reserveRowGradient(gradient, at + count);
      gradient.rows.set(ids.subarray(0, count), at);
      gradient.values.set(values.subarray(0, count * cols), at * cols);
      gradient.count = at + count;
    },
  };
}

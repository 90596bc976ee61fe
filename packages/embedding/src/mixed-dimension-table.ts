import { createKernels, DqrmError, reference, type OptimizerSpec } from "@dqrm/core";
import { composeTable, type ComposedTable, type ComposedTableOptions } from "./composed-table.ts";
import type { RowArithmetic } from "./row-composer.ts";
import type { EmbeddingTable, TrainableTable } from "./table.ts";

/** Fixes a table whose narrow rows are projected to the width that a model needs. */
export interface MixedDimensionOptions extends ComposedTableOptions {
  readonly cols: number;
  /** The caller's memory, changed in place by training. @shape f32[cols × the inner table's cols] */
  readonly projection: Float32Array;
  /** How the projection learns; the inner table has an optimizer of its own. */
  readonly optimizer: OptimizerSpec;
  /** State of the projection's optimizer to go on from; zeros unless given. @shape f32[0 sgd | as projection] */
  readonly optimizerState?: Float32Array;
}

/**
 * Projects the rows of a narrow table of any kind, without bias: rare categories need fewer columns than frequent ones.
 *
 * `optimizerState` of the table is that of the projection, which learns with the table.
 *
 * @throws SHAPE when projection or state has another length
 * @source Ginart et al. 2019, Mixed Dimension Embeddings
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { floatTable, mixedDimensionTable } from "@dqrm/embedding";
 * const optimizer = { kind: "sgd" } as const;
 * const inner = floatTable({ rows: 2, cols: 1, pooling: "sum", optimizer, weights: Float32Array.of(1, 2) });
 * const projection = Float32Array.of(1, 10, 100);
 * const table = mixedDimensionTable(inner, { cols: 3, projection, optimizer, pooling: "sum" });
 * const vectors = new Float32Array(3);
 * table.lookup(jaggedFrom([[0, 1]]), vectors);
 * [...vectors]; // => [3, 30, 300]
 * ```
 */
export function mixedDimensionTable(inner: TrainableTable, options: MixedDimensionOptions): ComposedTable;
export function mixedDimensionTable(inner: EmbeddingTable, options: MixedDimensionOptions): EmbeddingTable;
export function mixedDimensionTable(inner: EmbeddingTable, options: MixedDimensionOptions): EmbeddingTable {
  const op = "mixedDimensionTable";
  const { cols, kernels = createKernels([reference]), optimizer, projection } = options;
  const narrow = inner.cols;
  const stateLength = optimizer.kind === "sgd" ? 0 : projection.length;
  const { optimizerState = new Float32Array(stateLength) } = options;
  expectLength(op, "projection", projection.length, cols * narrow);
  expectLength(op, "optimizerState", optimizerState.length, stateLength);
  const dprojection = new Float32Array(projection.length);
  const update = kernels.prepare("updateDense", { optimizer });
  const reads = [{ table: inner, parts: 1, row: (index: number): number => index }];
  const step = (rate: number): void => {
    const position = dprojection.findIndex((value) => !Number.isFinite(value));
    if (position >= 0) {
      const actual = String(dprojection[position]);
      throw new DqrmError("NON_FINITE", { what: `${op} gradient of the projection`, position, actual });
    }
    update(projection, dprojection, optimizerState, rate, 0, projection.length);
  };
  const arithmetic = prepareProjection(cols, narrow, projection, dprojection);
  return composeTable({ op, rows: inner.rows, cols, reads, arithmetic, optimizerState, step }, options);
}

/** Prepares row = P · narrow, sums in doubles. */
function prepareProjection(
  cols: number,
  narrow: number,
  projection: Float32Array,
  dprojection: Float32Array,
): RowArithmetic {
  return {
    join([read], rows, count) {
      for (let i = 0; i < count; i++) {
        for (let c = 0; c < cols; c++) {
          let sum = 0;
          for (let k = 0; k < narrow; k++) sum += projection[c * narrow + k] * read[i * narrow + k];
          rows[i * cols + c] = sum;
        }
      }
    },
    split([read], drows, [dread], count) {
      dprojection.fill(0);
      for (let i = 0; i < count; i++) {
        for (let k = 0; k < narrow; k++) {
          let sum = 0;
          for (let c = 0; c < cols; c++) {
            sum += drows[i * cols + c] * projection[c * narrow + k];
            dprojection[c * narrow + k] += drows[i * cols + c] * read[i * narrow + k];
          }
          dread[i * narrow + k] = sum;
        }
      }
    },
  };
}

function expectLength(op: string, what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new DqrmError("SHAPE", { op, what, expected, actual });
}

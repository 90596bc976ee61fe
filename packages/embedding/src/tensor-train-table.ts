import {
  coreCols,
  coreIndices,
  DqrmError,
  MAX_ROWS,
  prepareTensorTrain,
  type TensorTrainShape,
} from "@dqrm/core";
import { checkCount } from "./check-table.ts";
import { composeTable, type ComposedTable, type ComposedTableOptions } from "./composed-table.ts";
import type { RowArithmetic } from "./row-composer.ts";
import type { EmbeddingTable, TrainableTable } from "./table.ts";

/** Fixes a table whose rows are products of rows of three cores. */
export interface TensorTrainTableOptions extends ComposedTableOptions, TensorTrainShape {
  /** Indices lie in [0, rows): at most the product of the cores' rows. */
  readonly rows: number;
}

/** Lists the tables of the three cores, of coreRows rows and coreCols columns. */
type Cores<Table> = readonly [Table, Table, Table];

/**
 * Multiplies rows of three tables of any kinds, so that n rows take about 3·∛n (a tensor train).
 *
 * `tensorTrainShape` chooses a shape; `coreDeviation` says how large the numbers of the cores should be at first.
 *
 * @throws VALUE or LIMIT when the tables do not have the shape or do not reach `rows`, or one is there twice
 * @source Yin et al. 2021, TT-Rec, arXiv 2101.11714; docs/spec/row-mappings.md
 *
 * ```ts doctest
 * import { coreCols, coreDeviation, jaggedFrom, tensorTrainShape } from "@dqrm/core";
 * import { floatTable, normalInit, tensorTrainTable } from "@dqrm/embedding";
 * const shape = tensorTrainShape(1_000_000, 16, 4);
 * const open = (k: 0 | 1 | 2) => {
 *   const size = { rows: shape.coreRows[k], cols: coreCols(shape)[k] };
 *   const weights = normalInit({ ...size, standardDeviation: coreDeviation(0.01, 4) }, { seed: 1, stream: k });
 *   return floatTable({ ...size, weights, pooling: "sum", optimizer: { kind: "sgd" } });
 * };
 * const table = tensorTrainTable([open(0), open(1), open(2)], { ...shape, rows: 1_000_000, pooling: "sum" });
 * table.lookup(jaggedFrom([[123_456]]), new Float32Array(16));
 * table.parts.reduce((sum, { cols, rows }) => sum + rows * cols, 0); // => 4800
 * ```
 */
export function tensorTrainTable(
  cores: Cores<TrainableTable>,
  options: TensorTrainTableOptions,
): ComposedTable;
export function tensorTrainTable(
  cores: Cores<EmbeddingTable>,
  options: TensorTrainTableOptions,
): EmbeddingTable;
export function tensorTrainTable(
  cores: Cores<EmbeddingTable>,
  options: TensorTrainTableOptions,
): EmbeddingTable {
  const op = "tensorTrainTable";
  const { cols, coreRows, rows } = options;
  checkShape(op, cores, options);
  checkCount(op, "rows", rows, {
    least: 1,
    most: Math.min(MAX_ROWS, coreRows[0] * coreRows[1] * coreRows[2]),
    limit: "product of the cores' rows",
  });
  const reads = cores.map((table, k) => ({
    table,
    parts: 1,
    row: (index: number): number => coreIndices(coreRows, index)[k],
  }));
  return composeTable({ op, rows, cols, reads, arithmetic: trainArithmetic(options) }, options);
}

function trainArithmetic(shape: TensorTrainShape): RowArithmetic {
  const train = prepareTensorTrain(shape);
  return {
    join: ([first, middle, last], rows, count) => {
      train.multiply([first, middle, last], rows, count);
    },
    split: ([g1, g2, g3], drows, [d1, d2, d3], count) => {
      train.backward([g1, g2, g3], drows, [d1, d2, d3], count);
    },
  };
}

function checkShape(op: string, cores: Cores<EmbeddingTable>, shape: TensorTrainShape): void {
  const { cols, coreRows, dims } = shape;
  const expectEqual = (what: string, actual: number, expected: number): void => {
    if (actual === expected) return;
    throw new DqrmError("VALUE", { op, what, expected: String(expected), actual: String(actual) });
  };
  expectEqual("product of dims", dims[0] * dims[1] * dims[2], cols);
  coreCols(shape).forEach((width, k) => {
    expectEqual(`cores[${k}].cols`, cores[k].cols, width);
    expectEqual(`cores[${k}].rows`, cores[k].rows, coreRows[k]);
  });
}

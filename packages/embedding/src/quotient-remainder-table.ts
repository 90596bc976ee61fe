import { DqrmError, MAX_ROWS } from "@dqrm/core";
import { checkCount } from "./check-table.ts";
import { composeTable, type ComposedTable, type ComposedTableOptions } from "./composed-table.ts";
import type { RowArithmetic } from "./row-composer.ts";
import type { EmbeddingTable, TrainableTable } from "./table.ts";

/** Fixes a table whose row x combines row ⌊x/c⌋ of one table with row x mod c of another of c rows. */
export interface QuotientRemainderOptions extends ComposedTableOptions {
  /** Indices lie in [0, rows): at most the product of the rows of both tables. */
  readonly rows: number;
  readonly combine: "mult" | "add" | "concat";
}

/**
 * Combines the rows of two tables of any kinds, so that n rows take about 2·√n.
 *
 * Rows are combined before they are pooled; the reference program, and dlrm's models after it, combine pooled vectors,
 * which is another thing for "mult" with several indices in a bag.
 *
 * @throws VALUE or LIMIT when the tables do not fit together or do not reach `rows`, or are one table
 * @source Shi et al. 2020, Compositional Embeddings Using Complementary Partitions
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { floatTable, quotientRemainderTable } from "@dqrm/embedding";
 * const open = (...weights: number[]) => floatTable({
 *   rows: weights.length, cols: 1, pooling: "sum", optimizer: { kind: "sgd" }, weights: Float32Array.from(weights),
 * });
 * const table = quotientRemainderTable(open(1, 2, 3), open(10, 100), { rows: 6, combine: "mult", pooling: "sum" });
 * const vectors = new Float32Array(6);
 * table.lookup(jaggedFrom([[0], [1], [2], [3], [4], [5]]), vectors);
 * [...vectors]; // => [10, 100, 20, 200, 30, 300]
 * ```
 */
export function quotientRemainderTable(
  quotient: TrainableTable,
  remainder: TrainableTable,
  options: QuotientRemainderOptions,
): ComposedTable;
export function quotientRemainderTable(
  quotient: EmbeddingTable,
  remainder: EmbeddingTable,
  options: QuotientRemainderOptions,
): EmbeddingTable;
export function quotientRemainderTable(
  quotient: EmbeddingTable,
  remainder: EmbeddingTable,
  options: QuotientRemainderOptions,
): EmbeddingTable {
  const op = "quotientRemainderTable";
  const { combine, rows } = options;
  const collisions = remainder.rows;
  checkCount(op, "rows", rows, {
    least: 1,
    most: Math.min(MAX_ROWS, quotient.rows * collisions),
    limit: "product of the tables' rows",
  });
  if (combine !== "concat" && quotient.cols !== remainder.cols) {
    const [expected, actual] = [String(quotient.cols), String(remainder.cols)];
    throw new DqrmError("VALUE", { op, what: "remainder's cols", expected, actual });
  }
  const cols = combine === "concat" ? quotient.cols + remainder.cols : quotient.cols;
  const reads = [
    { table: quotient, parts: 1, row: (x: number): number => Math.floor(x / collisions) },
    { table: remainder, parts: 1, row: (x: number): number => x % collisions },
  ];
  const arithmetic =
    combine === "concat" ? concatenation(quotient.cols, remainder.cols) : ARITHMETIC[combine](cols);
  return composeTable({ op, rows, cols, reads, arithmetic }, options);
}

const ARITHMETIC = { mult: product, add: sum } as const;

function product(cols: number): RowArithmetic {
  return {
    join([q, r], rows, count) {
      for (let i = 0; i < count * cols; i++) rows[i] = q[i] * r[i];
    },
    split([q, r], drows, [dq, dr], count) {
      for (let i = 0; i < count * cols; i++) {
        dq[i] = drows[i] * r[i];
        dr[i] = drows[i] * q[i];
      }
    },
  };
}

function sum(cols: number): RowArithmetic {
  return {
    join([q, r], rows, count) {
      for (let i = 0; i < count * cols; i++) rows[i] = q[i] + r[i];
    },
    split(_, drows, dread, count) {
      for (const part of dread) part.set(drows.subarray(0, count * cols));
    },
  };
}

function concatenation(left: number, right: number): RowArithmetic {
  const cols = left + right;
  return {
    join([q, r], rows, count) {
      for (let i = 0; i < count; i++) {
        rows.set(q.subarray(i * left, (i + 1) * left), i * cols);
        rows.set(r.subarray(i * right, (i + 1) * right), i * cols + left);
      }
    },
    split(_, drows, [dq, dr], count) {
      for (let i = 0; i < count; i++) {
        dq.set(drows.subarray(i * cols, i * cols + left), i * left);
        dr.set(drows.subarray(i * cols + left, (i + 1) * cols), i * right);
      }
    },
  };
}

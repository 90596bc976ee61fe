import { createRowHash, MAX_ROWS } from "@dqrm/core";
import { checkCount } from "./check-table.ts";
import { composeTable, type ComposedTable, type ComposedTableOptions } from "./composed-table.ts";
import type { EmbeddingTable, TrainableTable } from "./table.ts";

/** Fixes a table whose indices are hashed. */
export interface HashedTableOptions extends ComposedTableOptions {
  /** Indices lie in [0, rows), however few rows the inner table has. */
  readonly rows: number;
  /** Chooses the hash, see createRowHash. @shape an integer in [0, 2^32) */
  readonly seed: number;
}

/**
 * Hashes the indices of a large vocabulary onto the rows of a smaller table of any kind (the hashing trick).
 *
 * It learns when the inner table does, behind that table's quantization and with its optimizer.
 *
 * @throws VALUE or LIMIT when rows or seed is not an integer in its range
 * @source Weinberger et al. 2009, Feature Hashing for Large Scale Multitask Learning; docs/spec/row-mappings.md
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { floatTable, hashedTable } from "@dqrm/embedding";
 * const optimizer = { kind: "sgd" } as const;
 * const inner = floatTable({ rows: 3, cols: 1, pooling: "sum", optimizer, weights: Float32Array.of(1, 2, 3) });
 * const table = hashedTable(inner, { rows: 1_000_000, seed: 1, pooling: "sum" });
 * const vectors = new Float32Array(3);
 * table.lookup(jaggedFrom([[0], [1], [999_999]]), vectors);
 * [...vectors]; // => [1, 1, 2]
 * ```
 */
export function hashedTable(inner: TrainableTable, options: HashedTableOptions): ComposedTable;
export function hashedTable(inner: EmbeddingTable, options: HashedTableOptions): EmbeddingTable;
export function hashedTable(inner: EmbeddingTable, options: HashedTableOptions): EmbeddingTable {
  const { rows, seed } = options;
  checkCount("hashedTable", "rows", rows, { least: 1, most: MAX_ROWS, limit: "MAX_ROWS" });
  const row = createRowHash({ tableRows: inner.rows, seed });
  const reads = [{ table: inner, parts: 1, row }];
  return composeTable({ op: "hashedTable", rows, cols: inner.cols, reads }, options);
}

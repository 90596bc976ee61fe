import { createRobeMapping, DqrmError, MAX_ROWS, type RobeSpec } from "@dqrm/core";
import { checkCount } from "./check-table.ts";
import { composeTable, type ComposedTable, type ComposedTableOptions } from "./composed-table.ts";
import type { EmbeddingTable, TrainableTable } from "./table.ts";

/** Fixes a table whose rows are put together of blocks of a shared array. */
export interface RobeTableOptions
  extends ComposedTableOptions, Pick<RobeSpec, "cols" | "blockCols" | "hash" | "seed" | "signs"> {
  /** Indices lie in [0, rows): the rows of all vocabularies that read the array, one after the other. */
  readonly rows: number;
}

/**
 * Puts rows together of blocks of one array, which is a table of any kind: of blocks with the hash "mixing", of single
 * cells with "reference".
 *
 * Several features that share the array take one robe table: each adds the rows of the vocabularies before it to its
 * indices, and a trainable collection sums their gradients.
 *
 * @throws VALUE or LIMIT when a number is not in its range, or the inner table has other columns than the blocks
 * @source ROBE, arXiv 2108.02191; PSS, arXiv 2207.10731; docs/spec/row-mappings.md
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { floatTable, robeTable, uniformInit } from "@dqrm/embedding";
 * // 4000 cells stand for 16 million numbers.
 * const shape = { rows: 500, cols: 8 };
 * const weights = uniformInit(shape, { seed: 1, stream: 0 });
 * const cells = floatTable({ ...shape, weights, pooling: "sum", optimizer: { kind: "sgd" } });
 * const table = robeTable(cells, {
 *   rows: 1_000_000, cols: 16, blockCols: 8, hash: "mixing", seed: 0, signs: true, pooling: "mean",
 * });
 * table.forward(jaggedFrom([[7, 999_999]]), new Float32Array(16));
 * table.parts.length; // => 1
 * ```
 */
export function robeTable(inner: TrainableTable, options: RobeTableOptions): ComposedTable;
export function robeTable(inner: EmbeddingTable, options: RobeTableOptions): EmbeddingTable;
export function robeTable(inner: EmbeddingTable, options: RobeTableOptions): EmbeddingTable {
  const op = "robeTable";
  const { blockCols, cols, hash, rows, seed, signs } = options;
  checkCount(op, "rows", rows, { least: 1, most: MAX_ROWS, limit: "MAX_ROWS" });
  const cells = inner.rows * inner.cols;
  const mapping = createRobeMapping({ cells, cols, blockCols, hash, keyOffset: 0, seed, signs });
  if (inner.cols !== mapping.tableCols) {
    const expected = `${mapping.tableCols}, as blocks of hash "${hash}" need`;
    throw new DqrmError("VALUE", { op, what: "inner table's cols", expected, actual: String(inner.cols) });
  }
  const { parts, row, sign } = mapping;
  const reads = [{ table: inner, parts, row, ...(signs ? { sign } : {}) }];
  return composeTable({ op, rows, cols, reads }, options);
}

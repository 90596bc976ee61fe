import type { PackedRows, RowFormat } from "../../format/row-format.ts";
import type { StoredQuantization, TableSpec } from "../model-spec.ts";
import type { TableState } from "./table-state.ts";

/**
 * Says how the rows of a table without float weights are packed: symmetric codes, one scale for each row.
 *
 * One scale for a table would have to follow the table's largest weight, and every change of it would quantize all rows
 * anew: the cost of a step would be that of the table, and rows that no batch touched would be rounded again and again.
 *
 * ```ts doctest
 * import { storedRowFormat } from "@dqrm/core";
 * storedRowFormat({ bits: 8 }, 16).granularity; // => { kind: "row" }
 * ```
 */
export function storedRowFormat({ bits }: Pick<StoredQuantization, "bits">, cols: number): RowFormat {
  return { bits, cols, scheme: "symmetric", granularity: { kind: "row" } };
}

/**
 * Gives the packed rows of a stored table, which are its state: whoever changes one changes the other.
 *
 * ```ts doctest
 * import { allocateModelState, createArena, storedRows } from "@dqrm/core";
 * const quantization = {
 *   kind: "stored", bits: 4, rounding: { kind: "stochastic", seed: 1 }, step: { kind: "absmax" },
 * } as const;
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const { tables } = allocateModelState(spec, createArena(1 << 12));
 * storedRows({ ...spec.tables[0], quantization }, tables[0]).codes === tables[0].codes; // => true
 * ```
 */
export function storedRows(
  {
    cols,
    quantization,
    rows,
  }: Pick<TableSpec, "cols" | "rows"> & { readonly quantization: StoredQuantization },
  { codes, scale }: TableState,
): PackedRows {
  return { format: storedRowFormat(quantization, cols), rows, codes, scale, bias: NO_BIAS };
}

const NO_BIAS = new Float32Array(0);

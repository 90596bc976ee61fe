import type { Arena } from "../../format/arena.ts";
import { createBlockRange, type BlockRange } from "../../format/block-range.ts";
import { rowBytes } from "../../format/row-format.ts";
import type { OptimizerSpec } from "../../kernel/ops.ts";
import type { TableSpec } from "../model-spec.ts";

/**
 * Holds the parameters of one table; the arrays are the caller's, a plan changes them in place.
 *
 * `scale` holds the one scale of a table's codes; for dorefa and dead-zone the peak that their codes follow from. A table
 * of kind "stored" has codes and a scale for each row, and neither weights nor a range; any other has no codes.
 *
 * @shape weights f32[rows × cols], or 0; codes u8[0], or rows × rowBytes; optimizer f32[0 | rows × cols | rows];
 *        scale f32[1], or rows; touches i32[rows] where a threshold counts the steps that touched a row, else 0;
 *        poolingWeights f32[rows], or 0 when the table has none
 */
export interface TableState {
  readonly weights: Float32Array;
  readonly codes: Uint8Array;
  readonly optimizer: Float32Array;
  readonly scale: Float32Array;
  readonly touches: Int32Array;
  readonly range: BlockRange;
  readonly poolingWeights: Float32Array;
  readonly poolingOptimizer: Float32Array;
}

/** Counts the numbers in each array of a table's state. */
export type TableLengths = Readonly<Record<keyof Omit<TableState, "range">, number>>;

/** Names the arrays of a table's state, in the order in which they are checked. */
export const TABLE_ARRAYS = [
  "weights",
  "codes",
  "optimizer",
  "scale",
  "touches",
  "poolingWeights",
  "poolingOptimizer",
] as const;

/**
 * Counts the numbers that a table keeps, as its quantization, its pooling weights and the optimizer say.
 *
 * ```ts doctest
 * import { tableLengths } from "@dqrm/core";
 * const quantization = { kind: "none" } as const;
 * const table = { name: "item", rows: 100, cols: 16, quantization, poolingWeights: "none" } as const;
 * tableLengths(table, { kind: "rowwise-adagrad", epsilon: 1e-10 }).optimizer; // => 100
 * ```
 */
export function tableLengths(table: TableSpec, optimizer: OptimizerSpec): TableLengths {
  const { cols, poolingWeights, quantization, rows } = table;
  const learned = poolingWeights === "learned" && optimizer.kind !== "sgd";
  const stored = quantization.kind === "stored";
  return {
    weights: stored ? 0 : rows * cols,
    codes: stored ? rows * rowBytes({ bits: quantization.bits, cols }) : 0,
    optimizer: rowStateLength(optimizer, rows, cols),
    scale: stored ? rows : 1,
    touches: countsTouches(table) ? rows : 0,
    poolingWeights: poolingWeights === "none" ? 0 : rows,
    poolingOptimizer: learned ? rows : 0,
  };
}

function countsTouches({ quantization }: TableSpec): boolean {
  return quantization.kind === "dead-zone" && quantization.threshold.kind === "frequency";
}

/**
 * Counts the rows whose range a plan keeps: those of float weights.
 *
 * ```ts doctest
 * import { rangeRows } from "@dqrm/core";
 * const stored = { kind: "stored", bits: 8, rounding: { kind: "nearest" }, step: { kind: "absmax" } } as const;
 * const table = { name: "item", rows: 100, cols: 16, quantization: stored, poolingWeights: "none" } as const;
 * rangeRows(table); // => 0
 * ```
 */
export function rangeRows({ quantization, rows }: TableSpec): number {
  return quantization.kind === "stored" ? 0 : rows;
}

/**
 * Allocates the zeroed parameters and optimizer state of one table.
 *
 * ```ts doctest
 * import { allocateTableState, createArena } from "@dqrm/core";
 * const table = { name: "ad", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" } as const;
 * const { optimizer, weights } = allocateTableState(table, { kind: "rowwise-adagrad", epsilon: 1e-10 }, createArena(1 << 10));
 * [weights.length, optimizer.length]; // => [6, 3]
 * ```
 */
export function allocateTableState(table: TableSpec, optimizer: OptimizerSpec, arena: Arena): TableState {
  const lengths = tableLengths(table, optimizer);
  return {
    weights: arena.float32(lengths.weights),
    codes: arena.uint8(lengths.codes),
    optimizer: arena.float32(lengths.optimizer),
    scale: arena.float32(lengths.scale),
    touches: arena.int32(lengths.touches),
    range: createBlockRange(rangeRows(table)),
    poolingWeights: arena.float32(lengths.poolingWeights),
    poolingOptimizer: arena.float32(lengths.poolingOptimizer),
  };
}

/**
 * Counts the optimizer's numbers for a table.
 *
 * ```ts doctest
 * import { rowStateLength } from "@dqrm/core";
 * rowStateLength({ kind: "rowwise-adagrad", epsilon: 1e-10 }, 100, 16); // => 100
 * ```
 */
export function rowStateLength(optimizer: OptimizerSpec, rows: number, cols: number): number {
  switch (optimizer.kind) {
    case "sgd":
      return 0;
    case "adagrad":
      return rows * cols;
    case "rowwise-adagrad":
      return rows;
  }
}

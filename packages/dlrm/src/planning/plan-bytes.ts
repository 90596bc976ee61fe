import { MAX_ROWS, rowBytes } from "@dqrm/core";
import type { TrainingBits } from "../config/dlrm-config.ts";
import type { SharedArray } from "./table-plan.ts";

/** Bytes of one 32-bit float: a weight or a scale. */
const FLOAT_BYTES = 4;

/** Counts what rows take at some bits, one scale for each row or for all. */
export function rowsBytes(
  { bits, cols, granularity }: { bits: TrainingBits; cols: number; granularity: "table" | "row" },
  rows: number,
): number {
  if (bits === 32) return FLOAT_BYTES * rows * cols;
  return rows * rowBytes({ bits, cols }) + FLOAT_BYTES * (granularity === "row" ? rows : 1);
}

/** Finds how many blocks of a shared array fit into some bytes; a configuration counts at most MAX_ROWS cells. */
export function blocksWithin(
  { bits, blockCols, granularity }: Pick<SharedArray, "bits" | "blockCols" | "granularity">,
  bytes: number,
): number {
  const format = { bits, cols: blockCols, granularity };
  const block = rowsBytes(format, 2) - rowsBytes(format, 1);
  const fixed = rowsBytes(format, 1) - block;
  const most = Math.floor(MAX_ROWS / blockCols);
  return Math.min(most, Math.max(0, Math.floor((bytes - fixed) / block)));
}

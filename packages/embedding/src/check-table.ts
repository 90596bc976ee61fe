import { DqrmError, MAX_COLS, MAX_ROWS } from "@dqrm/core";

/**
 * Checks the size of a table and the memory that a caller brought for it.
 *
 * @throws VALUE when rows or cols is no count; LIMIT when it exceeds MAX_ROWS or MAX_COLS; SHAPE when weights has
 *         another length
 */
export function checkTable(op: string, rows: number, cols: number, weights: Float32Array): void {
  checkCount(op, "rows", rows, { least: 0, most: MAX_ROWS, limit: "MAX_ROWS" });
  checkCount(op, "cols", cols, { least: 1, most: MAX_COLS, limit: "MAX_COLS" });
  if (weights.length !== rows * cols) {
    throw new DqrmError("SHAPE", { op, what: "weights", expected: rows * cols, actual: weights.length });
  }
}

/** Says in which range a count lies, and by which name its upper end is known. */
export interface CountRange {
  readonly least: number;
  readonly most: number;
  readonly limit: string;
}

/**
 * Checks a count.
 *
 * @throws VALUE when it is no integer or too small; LIMIT when it is too large
 */
export function checkCount(
  op: string,
  what: string,
  count: number,
  { least, most, limit }: CountRange,
): void {
  if (!Number.isInteger(count) || count < least) {
    throw new DqrmError("VALUE", { op, what, expected: `an integer >= ${least}`, actual: String(count) });
  }
  if (count > most)
    throw new DqrmError("LIMIT", { what: `${op} ${what}`, limit, maximum: most, actual: count });
}

import { DqrmError } from "../errors.ts";
import { checkRowFormat, hasBias, MAX_ROWS, rowBytes, scaleCount, type PackedRows } from "./row-format.ts";

/**
 * Checks that the arrays of packed rows have the sizes that their format and row count imply.
 *
 * @throws VALUE or LIMIT as {@link checkRowFormat}, and for rows; SHAPE when an array has another length
 * @cost O(1): contents are not looked at
 *
 * ```ts doctest
 * import { allocateRows, checkPackedRows } from "@dqrm/core";
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * let message = "";
 * try {
 *   checkPackedRows("mine", { ...allocateRows(format, 10), rows: 11 });
 * } catch (error) {
 *   message = error instanceof Error ? error.message : "";
 * }
 * message; // => "mine: codes has 80 elements, expected 88"
 * ```
 */
export function checkPackedRows(op: string, packed: PackedRows): void {
  const { format, rows, codes, scale, bias } = packed;
  checkRowFormat(op, format);
  if (!Number.isInteger(rows) || rows < 0) {
    throw new DqrmError("VALUE", { op, what: "rows", expected: "an integer >= 0", actual: String(rows) });
  }
  if (rows > MAX_ROWS) {
    throw new DqrmError("LIMIT", { what: `${op} rows`, limit: "MAX_ROWS", maximum: MAX_ROWS, actual: rows });
  }
  const scales = scaleCount(format, rows);
  const lengths = [
    ["codes", codes.length, rows * rowBytes(format)],
    ["scale", scale.length, scales],
    ["bias", bias.length, hasBias(format.scheme) ? scales : 0],
  ] as const;
  for (const [what, actual, expected] of lengths) {
    if (actual !== expected) throw new DqrmError("SHAPE", { op, what, expected, actual });
  }
}

import { DqrmError } from "@dqrm/core";

/**
 * Says which values of a payload share a scale: all, those of a row, or as many neighbours as `values` says, a power of two
 * from 16 to 65536.
 */
export type ScaleGroups =
  | { readonly kind: "tensor" }
  | { readonly kind: "row" }
  | { readonly kind: "block"; readonly values: number };

const MIN_BLOCK_LOG2 = 4;
const MAX_BLOCK_LOG2 = 16;
const ROW = 1;

/** Checks a grouping that a caller wrote. @throws VALUE */
export function checkScaleGroups(op: string, groups: ScaleGroups): void {
  if (groups.kind !== "block" || groupsNumber(groups) >= MIN_BLOCK_LOG2) return;
  const expected = `a power of two from ${2 ** MIN_BLOCK_LOG2} to ${2 ** MAX_BLOCK_LOG2}`;
  throw new DqrmError("VALUE", { op, what: "block", expected, actual: String(groups.values) });
}

/** Gives the number of a grouping on the wire: 0 tensor, 1 row, 4 to 16 a block of 2^number values; −1 for none. */
export function groupsNumber(groups: ScaleGroups): number {
  if (groups.kind === "tensor") return 0;
  if (groups.kind === "row") return ROW;
  const log2 = Math.log2(groups.values);
  return Number.isInteger(log2) && log2 >= MIN_BLOCK_LOG2 && log2 <= MAX_BLOCK_LOG2 ? log2 : -1;
}

/** Gives the values in each group of a payload whose rows have `cols`; at least 1. */
export function groupValues(number: number, total: number, cols: number): number {
  if (number === 0) return Math.max(1, total);
  return number === ROW ? cols : 2 ** number;
}

import { DqrmError, type Jagged } from "@dqrm/core";

/** Tells about the indices of one call that lie outside their table. */
export interface BoundsWarning {
  /** Where the first of them stands among the indices of the call. */
  readonly position: number;
  readonly index: number;
  readonly rows: number;
  /** How many there are in the call. */
  readonly count: number;
}

/**
 * Says what becomes of an index outside [0, rows).
 *
 * fatal: the call throws INDEX_RANGE. warning: the index reads row 0, and each call with such indices makes one report.
 * ignore: the index reads row 0. The caller's arrays are never changed.
 *
 * @source FBGEMM BoundsCheckMode FATAL, WARNING, IGNORE. Other than there, −1 has no meaning of its own (FBGEMM: a
 *         pruned row, skipped), and offsets that fall or overshoot are an error in every mode.
 */
export type BoundsPolicy =
  | { readonly mode: "fatal" }
  | { readonly mode: "warning"; readonly report: (warning: BoundsWarning) => void }
  | { readonly mode: "ignore" };

/** Applies a {@link BoundsPolicy} to the bags of one table. */
export interface BoundsCheck {
  /** Gives the bags to look up, valid until the next call of the check; reports when the policy says so. */
  check(bags: Jagged): Jagged;
  /** Gives the same bags as {@link check} without a report: for the backward pass of bags that were looked up. */
  repair(bags: Jagged): Jagged;
}

/**
 * Prepares the bounds policy of a table.
 *
 * A table without rows has no row 0: every index is then fatal, whatever the policy.
 *
 * @cost fatal: nothing, the kernels check; otherwise O(indices), and a copy of the indices when one is out of range
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { prepareBounds } from "@dqrm/embedding";
 * const bounds = prepareBounds(3, { mode: "ignore" });
 * [...bounds.check(jaggedFrom([[2, 7], [-1]])).indices]; // => [2, 0, 0]
 * ```
 */
export function prepareBounds(rows: number, policy: BoundsPolicy): BoundsCheck {
  if (policy.mode === "fatal" || rows === 0) return { check: unchanged, repair: unchanged };
  let scratch = new Int32Array(0);

  const repair = (bags: Jagged): Jagged => {
    const indices = usedIndices(bags);
    const first = firstOutside(indices, rows);
    if (first === indices.length) return bags;
    if (scratch.length < indices.length) scratch = new Int32Array(2 * indices.length);
    const repaired = scratch.subarray(0, indices.length);
    repaired.set(indices);
    for (let i = first; i < repaired.length; i++) {
      if (repaired[i] < 0 || repaired[i] >= rows) repaired[i] = 0;
    }
    return { ...bags, indices: repaired };
  };
  const check = (bags: Jagged): Jagged => {
    const repaired = repair(bags);
    if (repaired !== bags && policy.mode === "warning") policy.report(warningOf(usedIndices(bags), rows));
    return repaired;
  };
  return { check, repair };
}

/**
 * Throws for the first index outside [0, rows).
 *
 * @throws INDEX_RANGE
 * @cost O(indices)
 */
export function checkIndices(op: string, indices: Int32Array, rows: number): void {
  const position = firstOutside(indices, rows);
  if (position < indices.length) {
    throw new DqrmError("INDEX_RANGE", { op, position, index: indices[position], rows });
  }
}

/** Gives the indices that belong to a bag; the array may be longer, as sources reuse it. */
function usedIndices({ indices, offsets }: Jagged): Int32Array {
  return indices.subarray(0, offsets[offsets.length - 1]);
}

function unchanged(bags: Jagged): Jagged {
  return bags;
}

function firstOutside(indices: Int32Array, rows: number): number {
  let i = 0;
  while (i < indices.length && indices[i] >= 0 && indices[i] < rows) i++;
  return i;
}

function warningOf(indices: Int32Array, rows: number): BoundsWarning {
  const position = firstOutside(indices, rows);
  let count = 0;
  for (let i = position; i < indices.length; i++) if (indices[i] < 0 || indices[i] >= rows) count++;
  return { position, index: indices[position], rows, count };
}

import { DqrmError } from "../errors.ts";

/**
 * Holds variable-length bags of row indices in compressed-row form, optionally weighted.
 *
 * @shape indices i32[n], offsets i32[bags + 1] with offsets[bags] = n, weights f32[n]
 * @source FBGEMM and torch.nn.EmbeddingBag with include_last_offset
 */
export interface Jagged {
  readonly indices: Int32Array;
  readonly offsets: Int32Array;
  /** Per-sample weights, one for each index. */
  readonly weights?: Float32Array;
}

/**
 * Counts the bags.
 *
 * ```ts doctest
 * import { bagCount, jaggedFrom } from "@dqrm/core";
 * bagCount(jaggedFrom([[1, 2], [], [3]])); // => 3
 * ```
 */
export function bagCount(bags: Jagged): number {
  return bags.offsets.length - 1;
}

/**
 * Builds bags from nested lists; meant for examples and tests, not for hot paths.
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * [...jaggedFrom([[1, 2], [], [3]]).offsets]; // => [0, 2, 2, 3]
 * ```
 */
export function jaggedFrom(bags: readonly (readonly number[])[]): Jagged {
  const offsets = new Int32Array(bags.length + 1);
  bags.forEach((bag, i) => {
    offsets[i + 1] = offsets[i] + bag.length;
  });
  return { indices: Int32Array.from(bags.flat()), offsets };
}

/**
 * Checks that the offsets start at 0, never fall and end at the number of indices.
 *
 * @throws VALUE with the first offending position; SHAPE when weights do not match the indices
 * @cost O(bags)
 *
 * ```ts doctest
 * import { checkJagged } from "@dqrm/core";
 * let message = "";
 * try {
 *   checkJagged("mine", { indices: Int32Array.of(1, 2), offsets: Int32Array.of(0, 1) });
 * } catch (error) {
 *   message = error instanceof Error ? error.message : "";
 * }
 * message; // => "mine: offsets[1] is 1, expected the number of indices, 2"
 * ```
 */
export function checkJagged(op: string, bags: Jagged): void {
  const { indices, offsets, weights } = bags;
  const bad = (position: number, expected: string): DqrmError<"VALUE"> =>
    new DqrmError("VALUE", {
      op,
      what: `offsets[${position}]`,
      expected,
      actual: String(offsets[position]),
    });
  if (offsets.length === 0) throw bad(0, "at least one offset");
  if (offsets[0] !== 0) throw bad(0, "0");
  for (let i = 1; i < offsets.length; i++) {
    if (offsets[i] < offsets[i - 1]) throw bad(i, `at least offsets[${i - 1}] = ${offsets[i - 1]}`);
  }
  const last = offsets.length - 1;
  if (offsets[last] !== indices.length) throw bad(last, `the number of indices, ${indices.length}`);
  if (weights !== undefined && weights.length !== indices.length) {
    throw new DqrmError("SHAPE", { op, what: "weights", expected: indices.length, actual: weights.length });
  }
}

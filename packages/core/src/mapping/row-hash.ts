import { DqrmError } from "../errors.ts";
import { checkSize } from "../reference/checks.ts";
import { mixingHash, placeOf } from "./mixing-hash.ts";

/** Says onto how many rows a vocabulary is hashed, and by which of the hashes. */
export interface RowHashSpec {
  /** Rows of the table that is looked up. */
  readonly tableRows: number;
  /** @shape an integer in [0, 2^32) */
  readonly seed: number;
}

/**
 * Prepares the hashing trick: the row of a smaller table that stands for an index.
 *
 * @units row = ⌊mixingHash(index, 0, seed) · tableRows / 2^32⌋
 * @throws VALUE when a number of the spec is not an integer in its range
 * @source Weinberger et al. 2009, Feature Hashing for Large Scale Multitask Learning
 *
 * ```ts doctest
 * import { createRowHash } from "@dqrm/core";
 * const row = createRowHash({ tableRows: 100, seed: 1 });
 * [0, 1, 123_456_789].map(row); // => [29, 9, 35]
 * ```
 */
export function createRowHash({ seed, tableRows }: RowHashSpec): (index: number) => number {
  checkSize("row hash", "tableRows", tableRows);
  checkSeed("row hash", seed);
  return (index) => placeOf(mixingHash(index, 0, seed), tableRows);
}

/**
 * Checks the seed of a hash.
 *
 * @throws VALUE when it is not an integer in [0, 2^32)
 */
export function checkSeed(op: string, seed: number): void {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return;
  throw new DqrmError("VALUE", {
    op,
    what: "seed",
    expected: "an integer in [0, 2^32)",
    actual: String(seed),
  });
}

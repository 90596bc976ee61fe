/** The modulus and the factors that the authors draw from `np.random.RandomState(1024)`. */
const PRIME = 2_038_074_743;
const OFFSET = 634_329_019;
const BLOCK_FACTOR = 1_825_252_241;
const KEY_FACTOR = 871_205_356;

const HALF_WORD = 2 ** 16;

/**
 * Gives the hash of the authors' ROBE kernel, before it is reduced to the array.
 *
 * It is affine in the key: keys that meet in one block tend to meet in others as well, see docs/spec/row-mappings.md.
 *
 * @units (key · 871205356 + block · 1825252241 + 634329019) mod 2038074743, exactly
 * @shape key: an integer in [0, 2^53); block: an integer in [0, 2^16)
 * @source apd10/universal_memory_allocation, verified against test/golden/robe.json
 *
 * ```ts doctest
 * import { referenceHash } from "@dqrm/core";
 * referenceHash(0, 0) % 101; // => 34
 * ```
 */
export function referenceHash(key: number, block: number): number {
  return (multiply(key % PRIME, KEY_FACTOR) + multiply(block, BLOCK_FACTOR) + OFFSET) % PRIME;
}

/** Multiplies by halves, so that no product reaches 2^53. */
function multiply(a: number, factor: number): number {
  const high = (Math.floor(a / HALF_WORD) * factor) % PRIME;
  return (high * HALF_WORD + (a % HALF_WORD) * factor) % PRIME;
}

/** One more than the largest 32-bit word. */
const WORD = 2 ** 32;

const HALF_WORD = 2 ** 16;

/** Bytes that {@link mixingHash} hashes: three words. */
const HASHED_BYTES = 12;

/**
 * Mixes a key, a block number and a seed into 32 bits, every one of which depends on all bits of all three.
 *
 * It is MurmurHash3_x86_32, with the given seed, of twelve bytes: the low word of the key, its high word and the block,
 * each little-endian. Any library that has this function maps rows to the same places.
 *
 * @shape key: an integer in [0, 2^53); block, seed: integers in [0, 2^32); the result too
 * @source Austin Appleby, MurmurHash3; test/golden/mixing-hash.json for its values
 *
 * ```ts doctest
 * import { mixingHash } from "@dqrm/core";
 * [mixingHash(0, 0, 1), mixingHash(1, 0, 1)]; // => [1262911408, 420132011]
 * ```
 */
export function mixingHash(key: number, block: number, seed: number): number {
  let hash = seed | 0;
  hash = absorb(hash, (key % WORD) | 0);
  hash = absorb(hash, Math.floor(key / WORD));
  hash = absorb(hash, block | 0) ^ HASHED_BYTES;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function absorb(hash: number, word: number): number {
  const spread = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((spread << 15) | (spread >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/**
 * Reduces a hash of 32 bits to a place in [0, size), without a division and without favouring low places.
 *
 * @units ⌊hash · size / 2^32⌋, exactly
 * @shape hash: an integer in [0, 2^32); size: an integer in [1, 2^31)
 * @source Lemire 2019, Fast Random Integer Generation in an Interval
 *
 * ```ts doctest
 * import { placeOf } from "@dqrm/core";
 * [placeOf(0, 10), placeOf(2 ** 31, 10), placeOf(2 ** 32 - 1, 10)]; // => [0, 5, 9]
 * ```
 */
export function placeOf(hash: number, size: number): number {
  // Halves of the hash keep both products below 2^53, where doubles are exact.
  const low = Math.floor(((hash % HALF_WORD) * size) / HALF_WORD);
  return Math.floor(((hash >>> 16) * size + low) / HALF_WORD);
}

/** Spreads the bits of a 32-bit word so that every input bit flips each output bit about half the time. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * Hashes a code to 32 bits; a code of -1 stands for a missing value.
 *
 * A mixing hash, because affine ones let rows that collide in one place collide in others.
 *
 * @source A. Appleby, MurmurHash3 (finalizer), applied twice around the seed
 *
 * ```ts doctest
 * import { hashCode } from "@dqrm/data";
 * hashCode(5, 1) === hashCode(5, 1); // => true
 * hashCode(5, 1) === hashCode(5, 2); // => false
 * ```
 */
export function hashCode(code: number, seed: number): number {
  return mix(mix(code ^ 0x9e3779b9) + Math.imul(seed, 0x85ebca77)) >>> 0;
}

/**
 * Hashes a text to 32 bits, by its UTF-16 units.
 *
 * @source A. Appleby, MurmurHash3 (x86, 32 bits), with one unit for each block
 *
 * ```ts doctest
 * import { hashText } from "@dqrm/data";
 * hashText("shop", 1) === hashText("shop", 1); // => true
 * hashText("shop", 1) === hashText("posh", 1); // => false
 * ```
 */
export function hashText(text: string, seed: number): number {
  let h = mix(seed + 0x9e3779b9);
  for (let i = 0; i < text.length; i++) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  return mix(h ^ text.length) >>> 0;
}

/**
 * Scales a 32-bit hash to a row, without the bias towards low rows that a remainder has.
 *
 * @source D. Lemire, "Fast random integer generation in an interval" (2019)
 *
 * ```ts doctest
 * import { hashToRow } from "@dqrm/data";
 * hashToRow(2 ** 31, 10); // => 5
 * ```
 */
export function hashToRow(hash: number, rows: number): number {
  return Math.floor((hash * rows) / 2 ** 32);
}

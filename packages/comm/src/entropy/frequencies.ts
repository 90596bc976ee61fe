/** Frequencies are shares of 2 to this power; a symbol that occurs has at least 1. */
export const TOTAL_BITS = 12;
/** Frequencies add up to this. */
export const TOTAL: number = 2 ** TOTAL_BITS;

const SYMBOLS = 256;

/** Counts how often each byte occurs. */
export function countBytes(bytes: Uint8Array, counts: Uint32Array): void {
  counts.fill(0);
  for (const byte of bytes) counts[byte]++;
}

/**
 * Scales counts to frequencies that add up to TOTAL, none of a symbol that occurs below 1.
 *
 * What rounding leaves over or lacks goes to the most frequent symbols, where it costs the least.
 *
 * @shape counts u32[256], not all zero; frequencies u16[256]
 */
export function normalize(counts: Uint32Array, frequencies: Uint16Array): void {
  let sum = 0;
  for (let s = 0; s < SYMBOLS; s++) sum += counts[s];
  let left = TOTAL;
  for (let s = 0; s < SYMBOLS; s++) {
    frequencies[s] = counts[s] === 0 ? 0 : Math.max(1, Math.floor((counts[s] / sum) * TOTAL));
    left -= frequencies[s];
  }
  while (left !== 0) {
    let most = 0;
    for (let s = 1; s < SYMBOLS; s++) if (frequencies[s] > frequencies[most]) most = s;
    // At least 16 symbols of 256 hold more than 1 when too much was given: TOTAL is 16 times their number.
    const change = left > 0 ? left : Math.max(left, 1 - frequencies[most], -Math.ceil(frequencies[most] / 8));
    frequencies[most] += change;
    left -= change;
  }
}

/** Gives the bits that coded symbols need, by the entropy of the frequencies. */
export function codedBits(counts: Uint32Array, frequencies: Uint16Array): number {
  let bits = 0;
  for (let s = 0; s < SYMBOLS; s++) {
    if (counts[s] > 0) bits += counts[s] * (TOTAL_BITS - Math.log2(frequencies[s]));
  }
  return bits;
}

/** Frequencies are shares of 2 to this power; a symbol that occurs has at least 1. */
export const TOTAL_BITS = 12;
/** Frequencies add up to this. */
export const TOTAL: number = 2 ** TOTAL_BITS;

/** Bytes have so many values. */
export const SYMBOLS = 256;

/** Bits are counted in units of 2 to minus this power. */
const UNIT_BITS = 10;

/** Counts how often each byte occurs. */
export function countBytes(bytes: Uint8Array, begin: number, end: number, counts: Uint32Array): void {
  counts.fill(0);
  for (let i = begin; i < end; i++) counts[bytes[i]]++;
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

/** Gives the bytes that coded symbols need, by the entropy of the frequencies. */
export function entropyBytes(counts: Uint32Array, frequencies: Uint16Array): number {
  let units = 0;
  for (let s = 0; s < SYMBOLS; s++) {
    if (counts[s] > 0) units += counts[s] * (TOTAL_BITS * 2 ** UNIT_BITS - log2Units(frequencies[s]));
  }
  return Math.ceil(units / 2 ** (UNIT_BITS + 3));
}

/** 26 bits of a number between 1 and 2: its square is exact in a double. */
const FRACTION_BITS = 25;

/** Gives ⌊2^10 · log2(n)⌋ without a logarithm, whose last bit differs from machine to machine. */
function log2Units(n: number): number {
  let units = 31 - Math.clz32(n);
  let x = n * 2 ** (FRACTION_BITS - units);
  for (let bit = 0; bit < UNIT_BITS; bit++) {
    x = Math.floor((x * x) / 2 ** FRACTION_BITS);
    const doubled = x >= 2 ** (FRACTION_BITS + 1);
    units = 2 * units + (doubled ? 1 : 0);
    if (doubled) x = Math.floor(x / 2);
  }
  return units;
}

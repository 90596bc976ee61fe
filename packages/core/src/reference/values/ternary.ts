import { roundLevel } from "./round-level.ts";
import { peakOf, type ValueCoding } from "./value-coding.ts";

/** Five digits of base 3 fit a byte: 3^5 = 243. */
const DIGITS = 5;
const POWERS = [1, 3, 9, 27, 81] as const;
const BYTES = 243;

/**
 * Codes −1, 0 and 1, sent as digits of base 3, five in a byte, the first the lowest.
 *
 * @source Wen et al. 2017, TernGrad
 */
export const ternary: ValueCoding = {
  peak: 1,
  scaleOf: peakOf,
  encode({ begin, end, values }, scale, draws, codes) {
    for (let i = begin; i < end; i++) {
      const digit = roundLevel(values[i] / scale, draws?.[i], 1) + 1;
      codes[Math.floor(i / DIGITS)] += digit * POWERS[i % DIGITS];
    }
  },
  decode(codes, scale, { begin, end, values }) {
    for (let i = begin; i < end; i++) {
      const byte = codes[Math.floor(i / DIGITS)];
      if (byte >= BYTES) return false;
      values[i] = ((Math.floor(byte / POWERS[i % DIGITS]) % 3) - 1) * scale;
    }
    return true;
  },
  padded: (codes, values) =>
    values % DIGITS === 0 || codes[Math.floor(values / DIGITS)] < POWERS[values % DIGITS],
};

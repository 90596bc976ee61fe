/**
 * Holds a positive factor as a whole number and a shift, so that a device without floats can multiply by it.
 *
 * @units factor = multiplier × 2^−shift, multiplier in [2^30, 2^31)
 */
export interface FixedPoint {
  readonly multiplier: number;
  readonly shift: number;
}

/** Bits of a multiplier: it fits a signed 32-bit number. */
const MULTIPLIER_BITS = 31;

/**
 * Gives the fixed-point number nearest to a factor, off by at most 2^−31 of it.
 *
 * @source the authors' batch_frexp: a mantissa of 31 bits, as gemmlowp takes it
 *
 * ```ts doctest
 * import { fixedPoint } from "@dqrm/core";
 * fixedPoint(0.75); // => { multiplier: 1610612736, shift: 31 }
 * ```
 */
export function fixedPoint(factor: number): FixedPoint {
  // A power of two beside the factor may be off by one through the rounding of log2: the loop puts it right.
  let exponent = Math.floor(Math.log2(factor)) + 1;
  let multiplier = Math.round(factor * 2 ** (MULTIPLIER_BITS - exponent));
  while (multiplier >= 2 ** MULTIPLIER_BITS)
    multiplier = Math.round(factor * 2 ** (MULTIPLIER_BITS - ++exponent));
  while (multiplier < 2 ** (MULTIPLIER_BITS - 1)) {
    multiplier = Math.round(factor * 2 ** (MULTIPLIER_BITS - --exponent));
  }
  return { multiplier, shift: MULTIPLIER_BITS - exponent };
}

/**
 * Multiplies a 32-bit whole number by a fixed-point factor and rounds to a whole number, halves up.
 *
 * @units floor(value × multiplier / 2^shift + 1/2), exact in 64 bits
 *
 * ```ts doctest
 * import { fixedPoint, multiplyFixedPoint } from "@dqrm/core";
 * [7, 10, -10].map((sum) => multiplyFixedPoint(sum, fixedPoint(0.25))); // => [2, 3, -2]
 * ```
 */
export function multiplyFixedPoint(value: number, { multiplier, shift }: FixedPoint): number {
  const product = BigInt(value) * BigInt(multiplier);
  if (shift <= 0) return Number(product << BigInt(-shift));
  return Number((product + (1n << BigInt(shift - 1))) >> BigInt(shift));
}

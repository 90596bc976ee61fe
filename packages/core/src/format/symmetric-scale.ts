import type { BitWidth } from "./row-format.ts";

/** Smallest peak that a scale is made of, an f32 number: a table of zeros still gets a scale above zero. */
export const MIN_PEAK: number = Math.fround(1e-8);

/**
 * Computes the scale of symmetric codes that cover a peak magnitude.
 *
 * @units scale = f32(max(peak, 1e-8) / (2^(bits−1) − 1)); 1 bit: f32(max(peak, 1e-8))
 * @source HAWQ's symmetric_linear_quantization_params, as DQRM uses it
 *
 * ```ts doctest
 * import { symmetricScale } from "@dqrm/core";
 * symmetricScale(14, 4); // => 2
 * symmetricScale(14, 1); // => 14
 * ```
 */
export function symmetricScale(peak: number, bits: BitWidth): number {
  return Math.fround(Math.max(peak, MIN_PEAK) / Math.max(1, 2 ** (bits - 1) - 1));
}

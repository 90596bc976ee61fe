import { MIN_PEAK } from "../../format/symmetric-scale.ts";
import type { Scheme } from "../../format/row-format.ts";
import { roundHalfEven } from "../../reference/quantize-value.ts";

/**
 * Says which whole numbers stand for the values of a quantized input.
 *
 * @units value = f32(code × scale), code in [low, high]
 */
export interface ActivationCodes {
  readonly scale: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Gives the codes that cover a range of values; zero is always one of them.
 *
 * @units symmetric: scale = f32(max(−min, max, 1e-8)/(2^(bits−1) − 1)), low = −2^(bits−1);
 *        asymmetric: the range is widened to hold 0, scale = f32(max(max − min, 1e-8)/(2^bits − 1)),
 *        low = −round(−min/scale), high = low + 2^bits − 1
 * @source HAWQ's symmetric and asymmetric_linear_quantization_params, as the authors' QuantAct uses them; low is the
 *         negative of their zero point
 *
 * ```ts doctest
 * import { activationCodes } from "@dqrm/core";
 * activationCodes({ min: 0, max: 510 }, 8, "asymmetric"); // => { scale: 2, low: 0, high: 255 }
 * activationCodes({ min: -254, max: 10 }, 8, "symmetric"); // => { scale: 2, low: -128, high: 127 }
 * ```
 */
export function activationCodes(
  range: { readonly min: number; readonly max: number },
  bits: number,
  scheme: Scheme,
): ActivationCodes {
  if (scheme === "symmetric") {
    const peak = Math.max(-range.min, range.max, MIN_PEAK);
    const high = 2 ** (bits - 1) - 1;
    return { scale: Math.fround(peak / high), low: -high - 1, high };
  }
  const min = Math.min(range.min, 0);
  const width = Math.fround(Math.max(range.max, 0) - min);
  const scale = Math.fround(Math.max(width, MIN_PEAK) / (2 ** bits - 1));
  const low = 0 - roundHalfEven(-min / scale);
  return { scale, low, high: low + 2 ** bits - 1 };
}

/**
 * Overwrites dst[0..count) with the codes' values nearest to those of src; halves go to the even code.
 *
 * @units code = clamp(round(f32(f32(1/scale)·x)), low, high); NaN stays NaN
 */
export function fakeQuantizeActivations(
  src: Float32Array,
  count: number,
  { high, low, scale }: ActivationCodes,
  dst: Float32Array,
): void {
  const inverse = Math.fround(1 / scale);
  for (let i = 0; i < count; i++) {
    const code = roundHalfEven(Math.fround(inverse * src[i]));
    dst[i] = (code < low ? low : code > high ? high : code) * scale;
  }
}

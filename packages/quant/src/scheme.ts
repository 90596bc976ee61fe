import { DqrmError, isDeadZone, roundHalfEven, type RowFormat } from "@dqrm/core";

/**
 * Says which multiples of the scale the codes of a format stand for.
 *
 * @units weight = level × scale, plus the bias of an asymmetric format; levels go from lowest to highest by step
 */
export interface LevelRange {
  readonly lowest: number;
  readonly highest: number;
  readonly step: number;
}

/**
 * Gives the levels of a format: the symmetric one has a negative level more than positive ones, 1 bit has −1 and +1.
 *
 * @throws VALUE for a dead zone, whose codes stand for levels and not for multiples: see deadZoneLevels of @dqrm/core
 * @source DQRM §3.1; the authors' code clamps to [−n − 1, n], n = 2^(bits−1) − 1
 *
 * ```ts doctest
 * import { levelRange } from "@dqrm/quant";
 * levelRange({ bits: 4, scheme: "symmetric" }); // => { lowest: -8, highest: 7, step: 1 }
 * levelRange({ bits: 1, scheme: "symmetric" }); // => { lowest: -1, highest: 1, step: 2 }
 * levelRange({ bits: 4, scheme: "asymmetric" }); // => { lowest: 0, highest: 15, step: 1 }
 * ```
 */
export function levelRange({ bits, scheme }: Pick<RowFormat, "bits" | "scheme">): LevelRange {
  if (isDeadZone(scheme)) {
    const expected = "symmetric or asymmetric";
    throw new DqrmError("VALUE", { op: "levelRange", what: "scheme", expected, actual: scheme });
  }
  if (scheme === "asymmetric") return { lowest: 0, highest: 2 ** bits - 1, step: 1 };
  if (bits === 1) return { lowest: -1, highest: 1, step: 2 };
  return { lowest: -(2 ** (bits - 1)), highest: 2 ** (bits - 1) - 1, step: 1 };
}

/**
 * Gives the integer that integer-only arithmetic subtracts from asymmetric codes, so that zero is exact.
 *
 * @units zeroPoint = round(−bias/scale), halves to even; weight ≈ (code − zeroPoint) × scale
 * @source HAWQ asymmetric_linear_quantization_params with integral_zero_point
 *
 * ```ts doctest
 * import { zeroPoint } from "@dqrm/quant";
 * zeroPoint(0.5, -1); // => 2
 * ```
 */
export function zeroPoint(scale: number, bias: number): number {
  return roundHalfEven(Math.fround(-bias / scale)) + 0;
}

/**
 * Prepares the test whether a weight was clamped: whether it lies more than half a step outside the levels; above the top
 * level, where a dead zone has them, whose steps need not be equal.
 *
 * @shape the returned test takes weight, scale and bias, as the kernels see them
 */
export function prepareClampTest(
  format: Pick<RowFormat, "bits" | "scheme">,
): (weight: number, scale: number, bias: number) => boolean {
  if (isDeadZone(format.scheme)) {
    return (weight, top, threshold) => Math.abs(weight) > Math.max(top, threshold);
  }
  const { lowest, highest, step } = levelRange(format);
  const below = lowest - step / 2;
  const above = highest + step / 2;
  return function isClamped(weight, scale, bias) {
    const level = Math.fround(Math.fround(weight - bias) * Math.fround(1 / scale));
    // A tie at the top rounds up to an even level that does not exist; a tie at the bottom rounds inwards.
    return level < below || level >= above;
  };
}

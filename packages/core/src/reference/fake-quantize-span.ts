import { DqrmError } from "../errors.ts";
import { clamp, roundHalfEven, type CodeRange } from "./quantize-value.ts";

/**
 * Replaces `count` weights that share a scale by the weights of their nearest codes; dst may be src.
 *
 * @throws NON_FINITE when a weight is NaN, or its product with 1/scale
 */
export function fakeQuantizeSpan(
  src: Float32Array,
  from: number,
  dst: Float32Array,
  to: number,
  count: number,
  scale: number,
  bias: number,
  range: CodeRange,
): void {
  const { low, high, sign } = range;
  const inverse = Math.fround(1 / scale);
  for (let i = 0; i < count; i++) {
    const weight = src[from + i];
    const x = sign ? weight : Math.fround(Math.fround(weight - bias) * inverse);
    if (x !== x) failWeight(from + i, weight);
    if (sign) dst[to + i] = weight >= 0 ? scale : -scale;
    else {
      const whole = roundHalfEven(clamp(x, low, high));
      dst[to + i] = Math.fround(whole * scale) + bias;
    }
  }
}

/**
 * Reports a weight that has no code.
 *
 * @throws NON_FINITE always
 */
export function failWeight(position: number, weight: number): never {
  throw new DqrmError("NON_FINITE", {
    what: "weight to quantize",
    position,
    actual: String(weight),
  });
}

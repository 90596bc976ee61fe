import type { ScaleAndBias } from "./range-scale.ts";

/** Largest finite half: 65504; what rounds beyond it becomes infinite. */
const HALF_INFINITY = 0x7c00;

const word = new DataView(new ArrayBuffer(4));

/**
 * Rounds a number to the nearest half-precision float, halves to even, and gives its 16 bits.
 *
 * @units sign, 5 bits of exponent with bias 15, 10 bits of fraction; beyond 65504 infinite, below 2^−24 subnormal or 0
 * @source IEEE 754 binary16
 *
 * ```ts doctest
 * import { halfBits } from "@dqrm/quant";
 * [1, -2, 65504, 0.1].map((x) => halfBits(x).toString(16)); // => ["3c00", "c000", "7bff", "2e66"]
 * ```
 */
export function halfBits(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520, halfway between the largest half and what would come next, rounds to infinity as every tie rounds to even.
  if (magnitude >= 0x477ff000) return sign | HALF_INFINITY;
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + roundingOf(magnitude, 13)) >>> 13);
  // Below 2^−14 a half counts multiples of 2^−24; adding 0.5 makes the f32 unit just that, and rounds.
  word.setUint32(0, magnitude);
  word.setFloat32(0, word.getFloat32(0) + 0.5);
  return sign | (word.getUint32(0) - 0x3f000000);
}

/** Adding this before the last `dropped` bits are cut rounds to nearest, halves to even. */
function roundingOf(bits: number, dropped: number): number {
  return 2 ** (dropped - 1) - 1 + ((bits >>> dropped) & 1);
}

/**
 * Gives the number that the 16 bits of a half-precision float stand for; every one of them is an f32.
 *
 * ```ts doctest
 * import { halfValue } from "@dqrm/quant";
 * [0x3c00, 0xc000, 0x7bff, 0x0001].map(halfValue); // => [1, -2, 65504, 2 ** -24]
 * ```
 */
export function halfValue(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Rounds a number to the nearest one that a half-precision float can hold.
 *
 * ```ts doctest
 * import { roundToHalf } from "@dqrm/quant";
 * roundToHalf(0.1); // => 0.0999755859375
 * ```
 */
export function roundToHalf(value: number): number {
  return halfValue(halfBits(value));
}

/**
 * Gives the scale and bias, both halves, with which asymmetric codes cover bounds; infinite where halves end.
 *
 * @units bias = half(min), scale = half((max − bias)/(2^bits − 1)), and 1 where that is 0
 * @source FBGEMM FloatOrHalfToFusedNBitRowwiseQuantizedSBHalfRef
 */
export function halfScaleOfBounds(bits: number, min: number, max: number): ScaleAndBias {
  const bias = roundToHalf(min);
  const width = Math.fround(Math.fround(max) - bias);
  const scale = roundToHalf(Math.fround(width / (2 ** bits - 1)));
  return { scale: scale === 0 ? 1 : scale, bias };
}

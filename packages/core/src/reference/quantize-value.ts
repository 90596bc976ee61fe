import type { RowFormat } from "../format/row-format.ts";

/**
 * Says which whole numbers x = weight/scale may become, and which code stands for each: code = x + offset.
 *
 * @units symmetric: low = −2^(bits−1), high = 2^(bits−1) − 1, offset = −low; asymmetric: low = offset = 0, high = 2^bits − 1
 */
export interface CodeRange {
  readonly low: number;
  readonly high: number;
  readonly offset: number;
  /** The one symmetric bit is a sign: code 1 stands for +scale and code 0 for −scale. */
  readonly sign: boolean;
}

/** Gives the code range of a format whose codes stand for multiples of the scale. */
export function codeRange({ bits, scheme }: Pick<RowFormat, "bits" | "scheme">): CodeRange {
  if (scheme === "asymmetric") return { low: 0, high: 2 ** bits - 1, offset: 0, sign: false };
  const half = 2 ** (bits - 1);
  return { low: -half, high: half - 1, offset: half, sign: bits === 1 };
}

// 1.5 × 2^52: a double beside it has no fraction bits, so the addition itself rounds halves to even.
const TO_INTEGER = 6755399441055744;

/**
 * Rounds to the nearest whole number, halves to even; exact for magnitudes up to 2^51.
 *
 * ```ts doctest
 * import { roundHalfEven } from "@dqrm/core";
 * [0.5, 1.5, 2.5, -1.5].map(roundHalfEven); // => [0, 2, 2, -2]
 * ```
 */
export function roundHalfEven(x: number): number {
  return x + TO_INTEGER - TO_INTEGER;
}

/** Clamps x to [low, high]; NaN stays NaN. */
export function clamp(x: number, low: number, high: number): number {
  if (x < low) return low;
  return x > high ? high : x;
}

/** Rounds x up or down by the uniform number u, and gives its code; x + u may round up to one code too many. */
export function stochasticCode(x: number, u: number, { low, high, offset, sign }: CodeRange): number {
  // A sign has codes at x = −1 and x = 1: halfway in between, both are equally likely.
  if (sign) return clamp(Math.floor((clamp(x, -1, 1) + 1) / 2 + u), 0, 1);
  return clamp(Math.floor(x + u), low, high) + offset;
}

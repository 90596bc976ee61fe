import { DqrmError } from "../errors.ts";
import type { BitWidth, RowFormat, Scheme } from "./row-format.ts";

/**
 * Tells whether a scheme turns weights below a threshold into zero and spends its other codes above it.
 *
 * ```ts doctest
 * import { isDeadZone } from "@dqrm/core";
 * [isDeadZone("dead-zone-log"), isDeadZone("symmetric")]; // => [true, false]
 * ```
 */
export function isDeadZone(scheme: Scheme): boolean {
  return scheme === "dead-zone" || scheme === "dead-zone-log";
}

/**
 * Tells whether codes of a width can serve a dead zone: a sign and a magnitude, in a table of levels.
 *
 * ```ts doctest
 * import { isDeadZoneWidth } from "@dqrm/core";
 * [isDeadZoneWidth(1), isDeadZoneWidth(4), isDeadZoneWidth(16)]; // => [false, true, false]
 * ```
 */
export function isDeadZoneWidth(bits: BitWidth): boolean {
  return bits >= 2 && bits <= 8;
}

/**
 * Tells whether a number can be the top or the threshold of a dead zone.
 *
 * ```ts doctest
 * import { isLevel } from "@dqrm/core";
 * [isLevel(0), isLevel(-1), isLevel(Infinity)]; // => [true, false, false]
 * ```
 */
export function isLevel(x: number): boolean {
  return x >= 0 && x < Infinity;
}

/**
 * Checks a top or a threshold before rows are quantized or written with it.
 *
 * @throws VALUE when it is negative, NaN or infinite
 */
export function checkLevel(op: string, what: string, value: number): void {
  if (isLevel(value)) return;
  throw new DqrmError("VALUE", { op, what, expected: "a finite number >= 0", actual: String(value) });
}

/**
 * Writes the weight of every code of a dead-zone format, given its top level and its threshold.
 *
 * All levels are NaN when the top or the threshold is negative, NaN or infinite; a top below the threshold counts as the
 * threshold.
 *
 * @shape levels f32[>= 2^bits], by code
 * @units n = 2^(bits−1) − 1 magnitudes for each sign, at the odd ones of 2n − 1 equal steps from the threshold to the top:
 *        uniform: f32(threshold + (top − threshold)·(2k − 1)/(2n − 1)) in double, from left to right;
 *        log: the f32 with bits t + ⌊(2k − 1)·(p − t)/(2n − 1)⌋, t and p the bits of threshold and top
 * @cost O(2^bits), allocates nothing
 * @source docs/spec/packed-rows.md
 *
 * ```ts doctest
 * import { deadZoneLevels } from "@dqrm/core";
 * const levels = new Float32Array(8);
 * deadZoneLevels({ bits: 3, scheme: "dead-zone" }, 6, 1, levels);
 * [...levels]; // => [-6, -6, -4, -2, 0, 2, 4, 6]
 * deadZoneLevels({ bits: 3, scheme: "dead-zone-log" }, 32, 1, levels);
 * [...levels]; // => [-32, -32, -8, -2, 0, 2, 8, 32]
 * ```
 */
export function deadZoneLevels(
  { bits, scheme }: Pick<RowFormat, "bits" | "scheme">,
  scale: number,
  bias: number,
  levels: Float32Array,
): void {
  const zero = 2 ** (bits - 1);
  if (!isLevel(scale) || !isLevel(bias)) {
    levels.fill(Number.NaN, 0, 2 * zero);
    return;
  }
  const steps = 2 * (zero - 1) - 1;
  const top = Math.max(scale, bias);
  const between = scheme === "dead-zone" ? betweenNumbers : betweenPatterns;
  levels[zero] = 0;
  for (let k = 1; k < zero; k++) {
    const magnitude = between(bias, top, 2 * k - 1, steps);
    levels[zero + k] = magnitude;
    // Not −magnitude: no level is −0.
    levels[zero - k] = 0 - magnitude;
  }
  levels[0] = levels[1];
}

function betweenNumbers(low: number, high: number, step: number, steps: number): number {
  return Math.fround(low + ((high - low) * step) / steps);
}

const float = new Float32Array(1);
const pattern = new Uint32Array(float.buffer);

/** The bits of positive floats count up as their logarithms do, by straight lines from power of two to power of two. */
function betweenPatterns(low: number, high: number, step: number, steps: number): number {
  const from = patternOf(low);
  // Below 2^39, where doubles are whole and a quotient does not round up to the next whole number.
  pattern[0] = from + Math.floor(((patternOf(high) - from) * step) / steps);
  return float[0];
}

function patternOf(x: number): number {
  // Adding 0 gives −0 the pattern of 0.
  float[0] = x + 0;
  return pattern[0];
}

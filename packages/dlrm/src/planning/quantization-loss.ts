import type { TrainingBits } from "../config/dlrm-config.ts";

/** From here on steps are so fine that step²/12 is the error of a normal weight to less than a part in a million. */
const FINE_STEP = 0.7;

/** Points of the sum that stands for the integral over coarse steps; its error falls with their square. */
const POINTS = 4096;

/**
 * Estimates what a table loses behind uniform codes with one scale: the expected squared error of a weight over its variance.
 *
 * The weights are taken as normal, their largest as its bound √(2 ln 2N) for N weights. It orders widths and table sizes;
 * it does not know that few bits also regularize.
 *
 * @shape weights: how many share the scale, at least 1
 * @units step = √(2 ln 2N) / (2^(bits−1) − 1); 32 bits lose nothing
 * @source DQRM §3.1 for the codes; the bound of the expected maximum: Boucheron, Lugosi and Massart, Theorem 2.5
 *
 * ```ts doctest
 * import { quantizationLoss } from "@dqrm/dlrm";
 * ([8, 4, 2] as const).map((bits) => quantizationLoss(bits, 1e6).toFixed(4)); // => ["0.0001", "0.0493", "0.9767"]
 * ```
 */
export function quantizationLoss(bits: TrainingBits, weights: number): number {
  if (bits === 32) return 0;
  const peak = Math.sqrt(2 * Math.log(2 * weights));
  // One bit knows only ±scale, and the scale is the peak.
  if (bits === 1) return meanOverNormal((x) => (x - peak) ** 2);
  const half = 2 ** (bits - 1) - 1;
  const step = peak / half;
  if (step < FINE_STEP) return step ** 2 / 12;
  return meanOverNormal((x) => (x - step * Math.min(half, Math.round(x / step))) ** 2);
}

/** Nothing of a normal weight that matters lies beyond this many deviations. */
const TAIL = 8;

/** The mean of an even function over a standard normal variable, by the midpoint rule. */
function meanOverNormal(value: (x: number) => number): number {
  const width = TAIL / POINTS;
  let sum = 0;
  for (let i = 0; i < POINTS; i++) {
    const x = (i + 0.5) * width;
    sum += value(x) * Math.exp(-(x * x) / 2);
  }
  return sum * width * Math.sqrt(2 / Math.PI);
}

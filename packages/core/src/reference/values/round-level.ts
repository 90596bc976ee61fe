/** Adding and taking away this number rounds a double of less than 2^51 to an integer, halves to even. */
const ROUNDER = 1.5 * 2 ** 52;

/** A draw k of 16 bits stands for the number (k + 1/2)/2^16: the mean of all is exactly one half. */
const DRAWS = 2 ** 16;

/** Rounds a number of levels to an integer within ±limit: to the nearest, or up with the probability of its fraction. */
export function roundLevel(level: number, draw: number | undefined, limit: number): number {
  const rounded = draw === undefined ? level + ROUNDER - ROUNDER : Math.floor(level + (draw + 0.5) / DRAWS);
  return Math.max(-limit, Math.min(limit, rounded));
}

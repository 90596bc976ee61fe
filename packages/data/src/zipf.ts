/**
 * Prepares the inverse distribution function of a bounded power law: it turns a uniform number into a row.
 *
 * Row 0 is the most frequent one. The law is continuous and rounded down, which keeps the exact tail exponent.
 *
 * @units P(row >= r) falls like r^(1 - alpha)
 * @cost one power for each call
 *
 * ```ts doctest
 * import { prepareZipf } from "@dqrm/data";
 * const row = prepareZipf(1000, 1.1);
 * [row(0), row(0.5), row(0.999999)]; // => [0, 16, 999]
 * ```
 */
export function prepareZipf(rows: number, alpha: number): (uniform: number) => number {
  const power = 1 - alpha;
  if (power === 0) {
    const log = Math.log(rows + 1);
    return (uniform) => Math.min(rows - 1, Math.floor(Math.exp(uniform * log)) - 1);
  }
  const span = (rows + 1) ** power - 1;
  const inverse = 1 / power;
  return (uniform) => Math.min(rows - 1, Math.floor((uniform * span + 1) ** inverse) - 1);
}

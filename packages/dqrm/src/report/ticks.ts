/**
 * Chooses round numbers that cover an interval.
 *
 * @shape at least two numbers, evenly spaced by 1, 2 or 5 times a power of ten
 *
 * ```ts doctest
 * import { ticks } from "dqrm";
 * ticks(0.71, 0.79, 5, false); // => [0.7, 0.72, 0.74, 0.76, 0.78, 0.8]
 * ticks(1, 4, 8, true); // => [1, 2, 3, 4]
 * ```
 */
export function ticks(low: number, high: number, count: number, integers: boolean): readonly number[] {
  const span = high > low ? high - low : Math.abs(low) * 0.1 || 1;
  const rough = span / Math.max(1, count - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const nice = [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10;
  const step = integers ? Math.max(1, Math.round(nice * power)) : nice * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

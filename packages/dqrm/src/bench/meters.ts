import type { Surroundings } from "../commands/surroundings.ts";

/** Gives a benchmark the clock and the memory of the process. */
export interface Meters extends Pick<Surroundings, "measureMemory" | "processMemory"> {
  /** Milliseconds. */
  readonly now: () => number;
}

/** Holds a rate in the middle of its measurements, and at its best. */
export interface Rate {
  readonly median: number;
  readonly best: number;
}

/** Gives the number below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Gives the middle value, or the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

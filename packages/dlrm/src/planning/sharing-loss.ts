import { prepareLookupLaw, TRANSFORM_POINTS, type LookupLaw } from "./lookup-law.ts";
import type { TableDemand } from "./table-plan.ts";

/** Says how tables are read from an array that they share. */
export interface SharingOptions {
  /** Columns of every table. */
  readonly cols: number;
  /** Exponent of the power law of lookups over the rows of a table. */
  readonly alpha: number;
}

/**
 * Prepares the estimate of what tables lose that read their weights from one array of cells: for each, the expected squared
 * error of a looked-up weight over its variance, as a function of the cells.
 *
 * A shared cell learns the mean of the weights that it stands for, weighted by their lookups. Weights are independent, their
 * places random, and lookups follow a power law over the rows of a table.
 *
 * @units loss = E[x / (m + x)], m = lookups of the weight, x = lookups of all others in its cell, a Poisson sum
 * @source Our derivation, docs/adopt/dlrm.md#plan; the setting is that of ROBE-Z, arXiv 2108.02191
 *
 * ```ts doctest
 * import { prepareSharingLoss } from "@dqrm/dlrm";
 * const loss = prepareSharingLoss([{ name: "item", rows: 1_000_000, lookups: 1 }], { cols: 16, alpha: 1.1 });
 * [1e9, 1e6, 1e4, 16].map((cells) => loss(cells)[0].toFixed(2)); // => ["0.00", "0.17", "0.49", "0.98"]
 * ```
 */
export function prepareSharingLoss(
  tables: readonly TableDemand[],
  { alpha, cols }: SharingOptions,
): (cells: number) => readonly number[] {
  const laws = tables.map(({ lookups, rows }) => prepareLookupLaw(rows, { alpha, lookups }));
  const crowd = sumOf(laws.map((law) => law.crowd));
  return (cells) => laws.map(({ kept }) => 1 - keptShare(kept, crowd, cols / cells));
}

/** Holds what tables that share come to together: their laws added up, weighted by their lookups. */
export interface SharingPool {
  readonly crowd: Float64Array;
  readonly kept: Float64Array;
  readonly lookups: number;
}

/** Adds tables of one length to those that share. */
export function joinPool(pool: SharingPool, law: LookupLaw, lookups: number, tables: number): SharingPool {
  return {
    crowd: pool.crowd.map((sum, u) => sum + tables * law.crowd[u]),
    kept: pool.kept.map((sum, u) => sum + lookups * law.kept[u]),
    lookups: pool.lookups + lookups,
  };
}

/** The pool of no tables. */
export const EMPTY_POOL: SharingPool = {
  crowd: new Float64Array(TRANSFORM_POINTS),
  kept: new Float64Array(TRANSFORM_POINTS),
  lookups: 0,
};

/** A pool's loss is exact at STEPS sizes in each doubling of the cells, from 1 to 2^CELLS_OCTAVES. */
const CELLS_OCTAVES = 40;
const STEPS = 8;

/**
 * Prepares what a pool loses, summed over the lookups of a sample, against the cells of its array: exact at a few sizes in
 * each doubling, in between interpolated, so that it never grows with the cells.
 *
 * @cost O(TRANSFORM_POINTS) for the first call near a size, then O(1)
 */
export function preparePoolLoss(
  { crowd, kept, lookups }: SharingPool,
  cols: number,
): (cells: number) => number {
  const known = new Float64Array(CELLS_OCTAVES * STEPS + 1).fill(-1);
  const at = (i: number): number => {
    if (known[i] < 0) known[i] = Math.max(0, lookups - keptShare(kept, crowd, cols / 2 ** (i / STEPS)));
    return known[i];
  };
  return function poolLoss(cells) {
    const place = Math.min(known.length - 1, Math.log2(cells) * STEPS);
    const below = Math.min(known.length - 2, Math.floor(place));
    return at(below) + (place - below) * (at(below + 1) - at(below));
  };
}

/** The part of the variance that stays: 1 − E[x / (m + x)], from the Laplace transform of x. */
function keptShare(kept: Float64Array, crowd: Float64Array, density: number): number {
  let sum = 0;
  for (let u = 0; u < kept.length; u++) sum += kept[u] * Math.exp(-crowd[u] * density);
  return sum;
}

function sumOf(arrays: readonly Float64Array[]): Float64Array {
  return arrays.reduce((sum, array) => sum.map((x, i) => x + array[i]), new Float64Array(TRANSFORM_POINTS));
}

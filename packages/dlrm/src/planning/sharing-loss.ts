/** Rows of neighbouring ranks, taken as looked up equally often. */
interface RankGroup {
  readonly rows: number;
  /** Share of the table's lookups that goes to one of these rows. */
  readonly share: number;
}

/** Ranks up to here are counted one by one. */
const EXACT_RANKS = 64;

/** Each further group of ranks is this much longer than the ranks before it. */
const GROUP_GROWTH = 0.05;

/** The loss is tabulated at loads of 2^−LOWEST … 2^HIGHEST lookups a cell, STEPS a doubling. */
const LOWEST = 48;
const HIGHEST = 16;
const STEPS = 8;

/**
 * Prepares the estimate of what a table loses when others share its cells: the expected squared error of a looked-up weight
 * over its variance, as a function of the lookups of others that reach a cell in a sample.
 *
 * A shared cell learns the mean of the weights that it stands for, weighted by their lookups; the estimate is the upper
 * bound that Jensen's inequality gives for the mean over random placements, about twice the truth where cells are seldom
 * shared and close to it where they often are. Lookups follow a power law over the rows.
 *
 * @shape lookups: rows of this table that a sample looks up, on average
 * @units loss(load) = Σ_r share_r · load / (lookups · share_r + load), share_r ∝ r^(−alpha); in between tabulated loads
 *        interpolated, so that it never falls while the load grows
 * @source Derived in docs/adopt/dlrm.md#plan; the setting is that of ROBE-Z, arXiv 2108.02191
 *
 * ```ts doctest
 * import { prepareSharingLoss } from "@dqrm/dlrm";
 * const loss = prepareSharingLoss(1_000_000, { alpha: 1.1, lookups: 1 });
 * [0, 1e-6, 1e-4, 1].map((load) => loss(load).toFixed(2)); // => ["0.00", "0.12", "0.35", "0.98"]
 * ```
 */
export function prepareSharingLoss(
  rows: number,
  { alpha, lookups }: { readonly alpha: number; readonly lookups: number },
): (load: number) => number {
  const groups = rankGroups(rows, alpha);
  const table = Array.from({ length: (LOWEST + HIGHEST) * STEPS + 1 }, (_, i) => {
    const load = 2 ** (i / STEPS - LOWEST);
    return groups.reduce(
      (sum, { rows: count, share }) => sum + (count * share * load) / (lookups * share + load),
      0,
    );
  });
  const last = table.length - 1;

  return function sharingLoss(load) {
    const place = (Math.log2(load) + LOWEST) * STEPS;
    // Below the table the loss is proportional to the load; this also covers a load of zero.
    if (place <= 0) return table[0] * load * 2 ** LOWEST;
    if (place >= last) return table[last];
    const below = Math.floor(place);
    return table[below] + (place - below) * (table[below + 1] - table[below]);
  };
}

function rankGroups(rows: number, alpha: number): readonly RankGroup[] {
  const groups: { rows: number; share: number }[] = [];
  let first = 1;
  while (first <= rows) {
    const length = first <= EXACT_RANKS ? 1 : Math.ceil(first * GROUP_GROWTH);
    const count = Math.min(length, rows - first + 1);
    groups.push({ rows: count, share: (first + (count - 1) / 2) ** -alpha });
    first += count;
  }
  const total = groups.reduce((sum, group) => sum + group.rows * group.share, 0);
  return groups.map((group) => ({ rows: group.rows, share: group.share / total }));
}

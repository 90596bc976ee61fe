/**
 * Holds the lookups of a table's rows as transforms over a fixed grid of u, from which the loss of sharing follows.
 *
 * @units crowd(u) = Σ_r 1 − e^(−u·m_r): cells that the rows fill, one for each; m_r = lookups of row r in a sample
 * @units kept(u) du = Σ_r s_r · m_r · e^(−u·m_r) du with s_r = m_r / Σ m: its sum over the grid is 1
 */
export interface LookupLaw {
  readonly crowd: Float64Array;
  readonly kept: Float64Array;
}

/** Rows of neighbouring ranks, taken as looked up equally often. */
interface RankGroup {
  readonly rows: number;
  /** Share of the table's lookups that goes to one of these rows. */
  readonly share: number;
}

/**
 * The grid runs from 2^LOWEST to 2^HIGHEST, for rows of a billion lookups and of a billionth. With STEPS points a doubling
 * a sum over it is the integral to twelve digits: the error falls like e^(−π² / ln 2 · STEPS).
 */
const LOWEST = -32;
const HIGHEST = 64;
const STEPS = 2;

/** Points of the grid on which laws are held. */
export const TRANSFORM_POINTS: number = (HIGHEST - LOWEST) * STEPS + 1;

/** Ranks up to here are counted one by one. */
const EXACT_RANKS = 64;

/** Each further group of ranks is this part as long as the ranks before it. */
const GROUP_GROWTH = 0.1;

/**
 * Prepares the law of a table whose rows are looked up by a power law.
 *
 * @shape lookups: rows of the table that a sample looks up, on average
 */
export function prepareLookupLaw(
  rows: number,
  { alpha, lookups }: { readonly alpha: number; readonly lookups: number },
): LookupLaw {
  const crowd = new Float64Array(TRANSFORM_POINTS);
  const kept = new Float64Array(TRANSFORM_POINTS);
  const groups = rankGroups(rows, alpha);
  for (let i = 0; i < TRANSFORM_POINTS; i++) {
    const u = 2 ** (LOWEST + i / STEPS);
    for (const { rows: count, share } of groups) {
      const mass = share * lookups;
      const fading = Math.exp(-u * mass);
      crowd[i] += count * -Math.expm1(-u * mass);
      // On a logarithmic grid du is proportional to u.
      kept[i] += count * share * mass * fading * u;
    }
  }
  const total = kept.reduce((sum, x) => sum + x, 0);
  return { crowd, kept: kept.map((x) => x / total) };
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

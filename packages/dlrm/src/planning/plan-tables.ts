import { checkPlanOptions, tooSmallBudget } from "./check-plan-options.ts";
import { describePlan } from "./describe-plan.ts";
import { blocksWithin, rowsBytes } from "./plan-bytes.ts";
import { lookupsOf, prepareSearch, type ArrayFormat, type Candidate, type Search } from "./plan-search.ts";
import { quantizationLoss } from "./quantization-loss.ts";
import type { PlanOptions, TablePlan } from "./table-plan.ts";
import type { FrontierPoint } from "./width-frontier.ts";

/**
 * Chooses a method and bits for each table, so that together they fit into a budget and lose least.
 *
 * What is lost is the expected squared error of a looked-up weight over its variance ({@link quantizationLoss},
 * {@link prepareSharingLoss}), averaged over the lookups of a sample. Among the plans in which a longer table never has more
 * bits than a shorter one, and the tables above some length share an array, the choice is the best; these are the plans that
 * a configuration can say. A larger budget never loses more.
 *
 * @throws VALUE when a number is not allowed, or the budget is less than the least possible, which the message says;
 *         LIMIT when there are too many tables, rows or columns
 * @cost O(tables · widths · frontier): about a tenth of a second for 26 tables
 * @source docs/adopt/dlrm.md#plan
 *
 * ```ts doctest
 * import { planTables } from "@dqrm/dlrm";
 * const { bytes, tables } = planTables({
 *   tables: [{ name: "country", rows: 200, lookups: 1 }, { name: "item", rows: 100_000, lookups: 1 }],
 *   cols: 16, budgetBytes: 820_000, widths: [4, 8, 32], sharing: "none", blockCols: 8, alpha: 1.1,
 * });
 * tables.map(({ bits }) => bits); // => [32, 4]
 * bytes; // => 812804
 * ```
 */
export function planTables(options: PlanOptions): TablePlan {
  checkPlanOptions(options);
  const search = prepareSearch(options);
  let best: Candidate | undefined;
  for (let own = search.groups.length; own >= 0; own--) {
    for (const candidate of candidates(search, own)) {
      if (best === undefined || candidate.loss < best.loss) best = candidate;
    }
  }
  if (best === undefined) throw tooSmallBudget(options.budgetBytes, leastBytes(search));
  return describePlan(search, best);
}

/** Lists the best plan of each format of the array, or the one without an array, for a number of groups that do not share. */
function candidates(search: Search, own: number): readonly Candidate[] {
  const { budgetBytes, sharing } = search.options;
  const affordable = search.frontiers[own].filter(({ bytes }) => bytes <= budgetBytes);
  const shares = own < search.groups.length;
  // A frontier's loss falls with its bytes, so that without an array the last point is the best.
  if (!shares) return affordable.slice(-1).map((point) => ({ point, own, shared: null, loss: point.loss }));
  if (sharing === "none") return [];
  return arrayFormats(search).flatMap((format) => bestShared(search, own, affordable, format) ?? []);
}

function arrayFormats({ options, widths }: Search): readonly ArrayFormat[] {
  const { blockCols, cols, tables } = options;
  // The array has fewer cells than the tables weights. A fixed count keeps a larger budget from a larger peak.
  const weights = tables.reduce((sum, { rows }) => sum + rows * cols, 0);
  return widths.flatMap((bits): ArrayFormat[] => [
    { bits, blockCols, granularity: "table", coded: quantizationLoss(bits, weights) },
    ...(bits === 32
      ? []
      : [{ bits, blockCols, granularity: "row", coded: quantizationLoss(bits, blockCols) } as const]),
  ]);
}

/** Gives each point the largest array that the budget leaves room for. */
function bestShared(
  search: Search,
  own: number,
  points: readonly FrontierPoint[],
  format: ArrayFormat,
): Candidate | undefined {
  const { groups, options, poolLosses: losses } = search;
  const { bits, blockCols, coded, granularity } = format;
  const lookups = lookupsOf(groups.slice(own));
  let best: { readonly point: FrontierPoint; readonly blocks: number } | undefined;
  let least = Infinity;
  for (const point of points) {
    const blocks = blocksWithin(format, options.budgetBytes - point.bytes);
    if (blocks === 0) continue;
    const mixed = losses[own](blocks * blockCols);
    // What the others write into a cell, and then the codes of what is left.
    const loss = point.loss + mixed + (lookups - mixed) * coded;
    if (loss >= least) continue;
    least = loss;
    best = { point, blocks };
  }
  if (best === undefined) return undefined;
  const bytes = rowsBytes({ bits, cols: blockCols, granularity }, best.blocks);
  const threshold = own === 0 ? 0 : groups[own - 1].rows;
  const shared = { ...format, cells: best.blocks * blockCols, bytes, threshold };
  return { point: best.point, own, shared, loss: least };
}

/** What takes the least: the narrowest tables, or one block for all where sharing is allowed. */
function leastBytes(search: Search): number {
  const { frontiers, options } = search;
  const narrow = frontiers[frontiers.length - 1][0].bytes;
  if (options.sharing === "none") return narrow;
  const blocks = arrayFormats(search).map(({ bits, blockCols, granularity }) =>
    rowsBytes({ bits, cols: blockCols, granularity }, 1),
  );
  return Math.min(narrow, ...blocks);
}

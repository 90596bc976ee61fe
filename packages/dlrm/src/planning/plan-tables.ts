import type { TrainingBits } from "../config/dlrm-config.ts";
import { checkPlanOptions, tooSmallBudget } from "./check-plan-options.ts";
import { blocksWithin, rowsBytes } from "./plan-bytes.ts";
import { quantizationLoss } from "./quantization-loss.ts";
import { prepareSharingLoss } from "./sharing-loss.ts";
import type { PlanOptions, SharedArray, TableChoice, TablePlan } from "./table-plan.ts";
import { widthFrontiers, widthsOf, type FrontierPoint, type WidthItem } from "./width-frontier.ts";

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

/** Tables of the same length: a configuration cannot tell them apart. */
interface RowGroup {
  readonly rows: number;
  readonly tables: number;
  readonly lookups: number;
  readonly sharingLoss: (load: number) => number;
}

interface Search {
  readonly options: PlanOptions;
  /** Shortest first. */
  readonly groups: readonly RowGroup[];
  /** Widest first. */
  readonly widths: readonly TrainingBits[];
  readonly frontiers: readonly (readonly FrontierPoint[])[];
}

interface Candidate {
  /** Widths of the groups with rows of their own; the other groups share. */
  readonly point: FrontierPoint;
  readonly own: number;
  readonly shared: (SharedArray & ArrayFormat) | null;
  /** Sum over the lookups of a sample. */
  readonly loss: number;
}

function prepareSearch(options: PlanOptions): Search {
  const groups = groupByRows(options);
  const widths = [...new Set(options.widths)].sort((a, b) => b - a);
  const items = groups.map((group) => widths.map((bits) => ownItem(group, bits, options.cols)));
  return { options, groups, widths, frontiers: widthFrontiers(items) };
}

function groupByRows({ alpha, tables }: PlanOptions): readonly RowGroup[] {
  const lengths = [...new Set(tables.map(({ rows }) => rows))].sort((a, b) => a - b);
  return lengths.map((rows) => {
    const members = tables.filter((table) => table.rows === rows);
    const lookups = members.reduce((sum, table) => sum + table.lookups, 0);
    const each = { alpha, lookups: lookups / members.length };
    return { rows, tables: members.length, lookups, sharingLoss: prepareSharingLoss(rows, each) };
  });
}

function ownItem({ lookups, rows, tables }: RowGroup, bits: TrainingBits, cols: number): WidthItem {
  return {
    bytes: tables * rowsBytes({ bits, cols, granularity: "table" }, rows),
    loss: lookups * quantizationLoss(bits, rows * cols),
  };
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

interface ArrayFormat extends Pick<SharedArray, "bits" | "blockCols" | "granularity"> {
  /** What the codes lose of a cell. */
  readonly coded: number;
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
  const { budgetBytes, cols } = search.options;
  const { blockCols, coded } = format;
  const sharing = search.groups.slice(own);
  const lookups = sharing.reduce((sum, group) => sum + group.lookups, 0);
  let best: { readonly point: FrontierPoint; readonly blocks: number } | undefined;
  let least = Infinity;
  for (const point of points) {
    const blocks = blocksWithin(format, budgetBytes - point.bytes);
    if (blocks === 0) continue;
    const load = (lookups * cols) / (blocks * blockCols);
    let loss = point.loss;
    for (const group of sharing) loss += group.lookups * cellLoss(group, load, coded);
    if (loss >= least) continue;
    least = loss;
    best = { point, blocks };
  }
  if (best === undefined) return undefined;
  const { bits, granularity } = format;
  const bytes = rowsBytes({ bits, cols: blockCols, granularity }, best.blocks);
  const threshold = own === 0 ? 0 : search.groups[own - 1].rows;
  const shared = { bits, blockCols, granularity, coded, cells: best.blocks * blockCols, bytes, threshold };
  return { point: best.point, own, shared, loss: least };
}

/** What the others write into a cell, and then the codes of the cell. */
function cellLoss({ sharingLoss }: RowGroup, load: number, coded: number): number {
  const mixed = sharingLoss(load);
  return mixed + (1 - mixed) * coded;
}

function describePlan(search: Search, { loss, own, point, shared }: Candidate): TablePlan {
  const { groups, options, widths } = search;
  const { cols } = options;
  const ownBits = widthsOf(point).map((width) => widths[width]);
  const lookupsOf = (list: readonly RowGroup[]): number =>
    list.reduce((sum, group) => sum + group.lookups, 0);
  const tables = options.tables.map(({ name, rows }): TableChoice => {
    const g = groups.findIndex((group) => group.rows === rows);
    if (shared !== null && g >= own) {
      const load = (lookupsOf(groups.slice(own)) * cols) / shared.cells;
      const cell = cellLoss(groups[g], load, shared.coded);
      return { name, rows, method: "shared", bits: shared.bits, bytes: 0, loss: cell };
    }
    const bits = ownBits[g];
    const bytes = rowsBytes({ bits, cols, granularity: "table" }, rows);
    return { name, rows, method: "table", bits, bytes, loss: quantizationLoss(bits, rows * cols) };
  });
  const bytes = point.bytes + (shared?.bytes ?? 0);
  return { tables, shared: shared && arrayOf(shared), bytes, loss: loss / lookupsOf(groups) };
}

function arrayOf({ bits, blockCols, bytes, cells, granularity, threshold }: SharedArray): SharedArray {
  return { cells, blockCols, bits, granularity, bytes, threshold };
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

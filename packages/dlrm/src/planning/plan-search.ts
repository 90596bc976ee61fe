import type { TrainingBits } from "../config/dlrm-config.ts";
import { prepareLookupLaw } from "./lookup-law.ts";
import { rowsBytes } from "./plan-bytes.ts";
import { quantizationLoss } from "./quantization-loss.ts";
import { EMPTY_POOL, joinPool, preparePoolLoss } from "./sharing-loss.ts";
import type { PlanOptions, SharedArray } from "./table-plan.ts";
import { widthFrontiers, type FrontierPoint, type WidthItem } from "./width-frontier.ts";

/** Describes tables of the same length: a configuration cannot tell them apart. */
export interface RowGroup {
  readonly rows: number;
  readonly tables: number;
  readonly lookups: number;
}

/** Holds what every choice is made from. */
export interface Search {
  readonly options: PlanOptions;
  /** Shortest first. */
  readonly groups: readonly RowGroup[];
  /** Widest first. */
  readonly widths: readonly TrainingBits[];
  readonly frontiers: readonly (readonly FrontierPoint[])[];
  /** What the groups from a number on lose in an array of some cells, summed over the lookups of a sample. */
  readonly poolLosses: readonly ((cells: number) => number)[];
}

/** Holds one plan before it is described. */
export interface Candidate {
  /** Widths of the groups with rows of their own; the other groups share. */
  readonly point: FrontierPoint;
  readonly own: number;
  readonly shared: (SharedArray & ArrayFormat) | null;
  /** Sum over the lookups of a sample. */
  readonly loss: number;
}

/** Says how the cells of an array are kept. */
export interface ArrayFormat extends Pick<SharedArray, "bits" | "blockCols" | "granularity"> {
  /** What the codes lose of a cell. */
  readonly coded: number;
}

/** Groups tables by length and prepares what a search looks up. */
export function prepareSearch(options: PlanOptions): Search {
  const groups = groupByRows(options);
  const widths = [...new Set(options.widths)].sort((a, b) => b - a);
  const items = groups.map((group) => widths.map((bits) => ownItem(group, bits, options.cols)));
  return {
    options,
    groups,
    widths,
    frontiers: widthFrontiers(items),
    poolLosses: poolLosses(groups, options),
  };
}

function poolLosses(
  groups: readonly RowGroup[],
  { alpha, cols, sharing }: PlanOptions,
): readonly ((cells: number) => number)[] {
  if (sharing === "none") return [];
  let pool = EMPTY_POOL;
  return groups
    .toReversed()
    .map(({ lookups, rows, tables }) => {
      pool = joinPool(pool, prepareLookupLaw(rows, { alpha, lookups: lookups / tables }), lookups, tables);
      return preparePoolLoss(pool, cols);
    })
    .reverse();
}

function groupByRows({ tables }: PlanOptions): readonly RowGroup[] {
  const lengths = [...new Set(tables.map(({ rows }) => rows))].sort((a, b) => a - b);
  return lengths.map((rows) => {
    const members = tables.filter((table) => table.rows === rows);
    const lookups = members.reduce((sum, table) => sum + table.lookups, 0);
    return { rows, tables: members.length, lookups };
  });
}

function ownItem({ lookups, rows, tables }: RowGroup, bits: TrainingBits, cols: number): WidthItem {
  return {
    bytes: tables * rowsBytes({ bits, cols, granularity: "table" }, rows),
    loss: lookups * quantizationLoss(bits, rows * cols),
  };
}

/** Adds up the lookups of a sample. */
export function lookupsOf(groups: readonly RowGroup[]): number {
  return groups.reduce((sum, group) => sum + group.lookups, 0);
}

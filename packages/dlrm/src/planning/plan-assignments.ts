import type { TableOverride } from "../config/dlrm-config.ts";
import type { SharedArray, TablePlan } from "./table-plan.ts";

/**
 * Says a plan as assignments to a configuration, for `setConfigValues` or `dqrm train --set`.
 *
 * The shared array takes the base of `quantization.tables`, tables with rows of their own take rules by length.
 *
 * ```ts doctest
 * import { planAssignments, planTables } from "@dqrm/dlrm";
 * const plan = planTables({
 *   tables: [{ name: "country", rows: 200, lookups: 1 }, { name: "item", rows: 100_000, lookups: 1 }],
 *   cols: 16, budgetBytes: 820_000, widths: [4, 8, 32], sharing: "none", blockCols: 8, alpha: 1.1,
 * });
 * planAssignments(plan).at(-1);
 * // => ["quantization.tables.overrides", '[{"minRows":100000,"bits":4,"granularity":"table"}]']
 * ```
 */
export function planAssignments(plan: TablePlan): readonly (readonly [path: string, text: string])[] {
  const rules = rulesBySize(plan);
  const { shared } = plan;
  const base = shared ?? rules[0];
  return [
    ...(shared === null ? [] : robeAssignments(shared)),
    ["quantization.tables.bits", String(base.bits)],
    ["quantization.tables.granularity", base.granularity],
    ["quantization.tables.overrides", JSON.stringify(shared === null ? rules.slice(1) : rules)],
  ];
}

function rulesBySize({ tables }: TablePlan): readonly TableOverride[] {
  const own = tables.filter(({ method }) => method === "table").sort((a, b) => a.rows - b.rows);
  return own
    .filter(({ bits }, t) => t === 0 || bits !== own[t - 1].bits)
    .map(({ bits, rows }, r) => ({ minRows: r === 0 ? 1 : rows, bits, granularity: "table" }));
}

function robeAssignments(shared: SharedArray): readonly (readonly [path: string, text: string])[] {
  const { blockCols, cells, threshold } = shared;
  return [
    ["model.robe.enabled", "true"],
    ["model.robe.threshold", String(threshold)],
    ["model.robe.cells", String(cells)],
    ["model.robe.blockCols", String(blockCols)],
  ];
}

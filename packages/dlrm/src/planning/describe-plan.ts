import { rowsBytes } from "./plan-bytes.ts";
import { lookupsOf, type Candidate, type Search } from "./plan-search.ts";
import { quantizationLoss } from "./quantization-loss.ts";
import { prepareSharingLoss } from "./sharing-loss.ts";
import type { SharedArray, TableChoice, TablePlan } from "./table-plan.ts";
import { widthsOf } from "./width-frontier.ts";

/** Says a plan table by table, in the order of the demands. */
export function describePlan(search: Search, { loss, own, point, shared }: Candidate): TablePlan {
  const { groups, options, widths } = search;
  const { cols } = options;
  const ownBits = widthsOf(point).map((width) => widths[width]);
  const sharedLosses = lossesInArray(search, own, shared);
  const tables = options.tables.map(({ name, rows }): TableChoice => {
    const g = groups.findIndex((group) => group.rows === rows);
    if (shared !== null && g >= own) {
      return { name, rows, method: "shared", bits: shared.bits, bytes: 0, loss: sharedLosses[g - own] };
    }
    const bits = ownBits[g];
    const bytes = rowsBytes({ bits, cols, granularity: "table" }, rows);
    return { name, rows, method: "table", bits, bytes, loss: quantizationLoss(bits, rows * cols) };
  });
  const bytes = point.bytes + (shared?.bytes ?? 0);
  return { tables, shared: shared && arrayOf(shared), bytes, loss: loss / lookupsOf(groups) };
}

/** What a table of each group that shares loses. */
function lossesInArray(search: Search, own: number, shared: Candidate["shared"]): readonly number[] {
  if (shared === null) return [];
  const { groups, options } = search;
  const members = groups
    .slice(own)
    .flatMap(({ lookups, rows, tables }) =>
      Array.from({ length: tables }, () => ({ name: "", rows, lookups: lookups / tables })),
    );
  const losses = prepareSharingLoss(members, options)(shared.cells);
  return groups.slice(own).map(({ rows }) => {
    const mixed = losses[members.findIndex((member) => member.rows === rows)];
    return mixed + (1 - mixed) * shared.coded;
  });
}

function arrayOf({ bits, blockCols, bytes, cells, granularity, threshold }: SharedArray): SharedArray {
  return { cells, blockCols, bits, granularity, bytes, threshold };
}

import { MIN_PEAK } from "../../format/symmetric-scale.ts";
import type { ScaleRefresh } from "../model-spec.ts";
import { gatheredLookup } from "./gathered-lookup.ts";
import { createMasterTable } from "./master-table.ts";
import type { RowView } from "./row-view.ts";
import { createRefreshedScale, prepareTablePeak } from "./table-scale.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/** Prepares the training of float masters that the forward pass sees through a view; the state's scale is the peak. */
export function createViewedTable(
  context: TableTrainingContext,
  view: RowView,
  refresh: ScaleRefresh,
): TableTraining {
  const { kernels, state, table } = context;
  const peak = prepareTablePeak(table, state, kernels);
  const scales = createRefreshedScale(state, refresh, () => Math.max(peak(), MIN_PEAK));
  return createMasterTable(context, { lookup: gatheredLookup(context, view), scales, range: state.range });
}

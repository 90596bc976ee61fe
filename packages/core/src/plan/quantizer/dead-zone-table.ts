import type { TableQuantization } from "../model-spec.ts";
import { deadZoneView } from "./dead-zone-view.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";
import { withTouchCounts } from "./touch-counts.ts";
import { createViewedTable } from "./viewed-table.ts";

/** Prepares the training of float masters behind a dead zone; a threshold by frequency counts the steps of each row. */
export function createDeadZoneTable(
  context: TableTrainingContext,
  quantization: Extract<TableQuantization, { kind: "dead-zone" }>,
): TableTraining {
  const { state, table } = context;
  const view = deadZoneView(table, state, quantization);
  const training = createViewedTable(context, view, quantization.refresh);
  return quantization.threshold.kind === "frequency" ? withTouchCounts(training, state.touches) : training;
}

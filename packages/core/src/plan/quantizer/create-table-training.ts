import { createDeadZoneTable } from "./dead-zone-table.ts";
import { dorefaView } from "./dorefa-view.ts";
import { createFakeTable } from "./fake-table.ts";
import { createFloatTable } from "./float-table.ts";
import { createStoredTable } from "./stored-table.ts";
import { createLearnedStepTable } from "./learned-step-table.ts";
import { createViewedTable } from "./viewed-table.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/** Prepares the training of a table of any kind. */
export function createTableTraining(context: TableTrainingContext): TableTraining {
  const { quantization } = context.table;
  switch (quantization.kind) {
    case "none":
      return createFloatTable(context);
    case "fake":
      return createFakeTable(context, quantization);
    case "stored":
      return createStoredTable(context, quantization);
    case "learned-step":
      return createLearnedStepTable(context, quantization);
    case "dead-zone":
      return createDeadZoneTable(context, quantization);
    case "dorefa":
      return createViewedTable(context, dorefaView(context.table, quantization), quantization.refresh);
  }
}

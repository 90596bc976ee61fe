import { createFakeTable } from "./fake-table.ts";
import { createFloatTable } from "./float-table.ts";
import { createStoredTable } from "./stored-table.ts";
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
  }
}

import { createMasterTable, NO_SCALES } from "./master-table.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/** Prepares the training of a table that the forward pass sees exactly. */
export function createFloatTable(context: TableTrainingContext): TableTraining {
  const { kernels, state, table } = context;
  const { cols, rows } = table;
  const lookup: TableTraining["lookup"] = (pooling, placement) => {
    const bag = kernels.prepare("embeddingBag", { cols, pooling, ...placement });
    return (bags, dst, size) => {
      bag(state.weights, rows, bags, dst, 0, size);
    };
  };
  return createMasterTable(context, { lookup, scales: NO_SCALES, range: undefined });
}

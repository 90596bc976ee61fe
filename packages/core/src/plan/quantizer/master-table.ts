import type { BlockRange } from "../../format/block-range.ts";
import { scanRange } from "../../reference/scan-range.ts";
import { prepareRowReader } from "./row-reader.ts";
import type { TableScales } from "./table-scale.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/** Says in what tables with float masters differ. */
export interface MasterTableParts {
  readonly lookup: TableTraining["lookup"];
  readonly scales: TableScales;
  /** The range that steps keep exact, for scales that are made of it. */
  readonly range: BlockRange | undefined;
}

/** Is the scale of tables that have none. */
export const NO_SCALES: TableScales = {
  beforeStep: () => undefined,
  beforeInference: () => undefined,
  invalidate: () => undefined,
};

/** Prepares the training of a table with float masters, whatever the forward pass makes of them: gradients pass straight through. */
export function createMasterTable(
  { kernels, optimizer, state, table }: TableTrainingContext,
  { lookup, range, scales }: MasterTableParts,
): TableTraining {
  const { cols, rows } = table;
  const { weights } = state;
  const updateRows = kernels.prepare("updateRows", { cols, optimizer });
  return {
    lookup,
    beforeStep(step) {
      scales.beforeStep(step);
    },
    beforeInference() {
      scales.beforeInference();
    },
    reload() {
      scanRange(weights, rows, cols, state.range);
      scales.invalidate();
    },
    readRows: prepareRowReader(weights, cols),
    applyGradient(gradient, learningRate) {
      updateRows(weights, rows, state.optimizer, gradient, learningRate, range, 0, gradient.count);
      scales.invalidate();
    },
  };
}

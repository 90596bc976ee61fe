import { scanRange } from "../../reference/scan-range.ts";
import { prepareRowReader } from "./row-reader.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/** Prepares the training of a table that the forward pass sees exactly. */
export function createFloatTable({ kernels, optimizer, state, table }: TableTrainingContext): TableTraining {
  const { cols, rows } = table;
  const { weights } = state;
  const updateRows = kernels.prepare("updateRows", { cols, optimizer });
  return {
    lookup(pooling, placement) {
      const bag = kernels.prepare("embeddingBag", { cols, pooling, ...placement });
      return (bags, dst, size) => {
        bag(weights, rows, bags, dst, 0, size);
      };
    },
    beforeStep: () => undefined,
    beforeInference: () => undefined,
    reload() {
      scanRange(weights, rows, cols, state.range);
    },
    readRows: prepareRowReader(weights, cols),
    applyGradient(gradient, learningRate) {
      updateRows(weights, rows, state.optimizer, gradient, learningRate, undefined, 0, gradient.count);
    },
  };
}

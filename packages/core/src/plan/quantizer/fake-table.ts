import { scanRange } from "../../reference/scan-range.ts";
import type { TableQuantization } from "../model-spec.ts";
import { prepareRowReader } from "./row-reader.ts";
import { createTableScale } from "./table-scale.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/**
 * Prepares the training of float masters that the forward pass sees through uniform codes; gradients pass straight
 * through to the masters.
 *
 * @source DQRM §3.1: only the rows that are looked up are quantized; here before pooling, so that multi-hot bags see
 *         what the packed table will give
 */
export function createFakeTable(
  context: TableTrainingContext,
  { bits, granularity, refresh }: Extract<TableQuantization, { kind: "fake" }>,
): TableTraining {
  const { kernels, optimizer, state, table } = context;
  const { cols, rows } = table;
  const { weights } = state;
  const oneScale = granularity.kind === "table";
  const scale = oneScale ? createTableScale(table, state, { bits, refresh }, kernels) : undefined;
  const updateRows = kernels.prepare("updateRows", { cols, optimizer });
  return {
    lookup(pooling, placement) {
      const bag = kernels.prepare("embeddingBagFakeQuant", {
        cols,
        pooling,
        bits,
        granularity,
        ...placement,
      });
      return (bags, dst, size) => {
        bag(weights, rows, state.scale, bags, dst, 0, size);
      };
    },
    beforeStep(step) {
      scale?.beforeStep(step);
    },
    beforeInference() {
      scale?.beforeInference();
    },
    reload() {
      scanRange(weights, rows, cols, state.range);
      scale?.invalidate();
    },
    readRows: prepareRowReader(weights, cols),
    applyGradient(gradient, learningRate) {
      const range = oneScale ? state.range : undefined;
      updateRows(weights, rows, state.optimizer, gradient, learningRate, range, 0, gradient.count);
      scale?.invalidate();
    },
  };
}

import { prepareRowReader } from "../../reference/dequantize-row.ts";
import type { StoredQuantization } from "../model-spec.ts";
import { FIRST_ROUNDING_STREAM } from "../step-key.ts";
import { storedRows } from "./stored-format.ts";
import { createStoredUpdate } from "./stored-update.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/**
 * Prepares the training of a table that exists as codes only: the forward pass reads them in place, as serving does.
 *
 * @source ALPT, Li et al. 2022
 */
export function createStoredTable(
  { index, kernels, optimizer, state, table }: TableTrainingContext,
  quantization: StoredQuantization,
): TableTraining {
  const { cols, rows } = table;
  const packed = storedRows({ cols, rows, quantization }, state);
  const { rounding } = quantization;
  const seed = rounding.kind === "stochastic" ? rounding.seed : 0;
  const key = { seed, stream: FIRST_ROUNDING_STREAM + index };
  const parts = { quantization, packed, optimizer, optimizerState: state.optimizer, key };
  const readRow = prepareRowReader(packed.format);
  return {
    lookup(pooling, placement) {
      const bag = kernels.prepare("embeddingBagPacked", { format: packed.format, pooling, ...placement });
      return (bags, dst, size) => {
        bag(packed, bags, dst, 0, size);
      };
    },
    beforeStep: () => undefined,
    beforeInference: () => undefined,
    reload: () => undefined,
    readRows(indices, count, dst) {
      for (let k = 0; k < count; k++) readRow(packed, indices[k], dst, k * cols);
    },
    applyGradient: createStoredUpdate(parts, kernels),
  };
}

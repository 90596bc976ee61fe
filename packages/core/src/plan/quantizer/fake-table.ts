import type { BitWidth, ScaleGranularity } from "../../format/row-format.ts";
import type { TableQuantization } from "../model-spec.ts";
import { createMasterTable, NO_SCALES } from "./master-table.ts";
import { createTableScale } from "./table-scale.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/**
 * Prepares the training of float masters that the forward pass sees through uniform codes.
 *
 * @source DQRM §3.1: only the rows that are looked up are quantized; here before pooling, so that multi-hot bags see
 *         what the packed table will give
 */
export function createFakeTable(
  context: TableTrainingContext,
  quantization: Extract<TableQuantization, { kind: "fake" }>,
): TableTraining {
  const { kernels, state, table } = context;
  const lookup = fakeQuantizedLookup(context, quantization);
  if (quantization.granularity.kind !== "table") {
    return createMasterTable(context, { lookup, scales: NO_SCALES, range: undefined });
  }
  const scales = createTableScale(table, state, quantization, kernels);
  return createMasterTable(context, { lookup, scales, range: state.range });
}

/** Prepares lookups of rows through symmetric codes; one scale for the table comes from its state. */
export function fakeQuantizedLookup(
  { kernels, state, table }: TableTrainingContext,
  { bits, granularity }: { readonly bits: BitWidth; readonly granularity: ScaleGranularity },
): TableTraining["lookup"] {
  const { cols, rows } = table;
  const { scale, weights } = state;
  return (pooling, placement) => {
    const bag = kernels.prepare("embeddingBagFakeQuant", { cols, pooling, bits, granularity, ...placement });
    return (bags, dst, size) => {
      bag(weights, rows, scale, bags, dst, 0, size);
    };
  };
}

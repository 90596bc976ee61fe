import type { TableLookup, TableLookupFactory } from "./feature/feature.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { ModelState } from "./model-state.ts";

/**
 * Prepares lookups over the float masters, fake-quantized where the spec says so.
 *
 * @source DQRM §3.1: only the rows that are looked up are quantized; here before pooling, so that multi-hot bags see
 *         what the packed table will give
 */
export function trainingLookup(spec: ModelSpec, state: ModelState, kernels: Kernels): TableLookupFactory {
  return (table, pooling, placement): TableLookup => {
    const { cols, quantization, rows } = spec.tables[table];
    const { scale, weights } = state.tables[table];
    if (quantization.kind === "none") {
      const bag = kernels.prepare("embeddingBag", { cols, pooling, ...placement });
      return (bags, dst, size) => {
        bag(weights, rows, bags, dst, 0, size);
      };
    }
    const { bits, granularity } = quantization;
    const bag = kernels.prepare("embeddingBagFakeQuant", { cols, pooling, bits, granularity, ...placement });
    return (bags, dst, size) => {
      bag(weights, rows, scale, bags, dst, 0, size);
    };
  };
}

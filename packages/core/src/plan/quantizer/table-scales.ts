import type { Kernels } from "../../kernel/kernels.ts";
import type { ModelSpec } from "../model-spec.ts";
import type { ModelState } from "../model-state.ts";
import { createTableScale, type TableScales } from "./table-scale.ts";

/**
 * Prepares the scales of every table that has one scale for all its rows, for a plan that keeps their ranges exact.
 *
 * @throws NON_FINITE from its methods, when a weight of a table is NaN or infinite
 * @cost O(1) for each table and step, plus the rescans of BlockRange
 *
 * ```ts doctest
 * import { allocateModelState, createArena, createKernels, createTableScales, reference, scanRange } from "@dqrm/core";
 * const refresh = { kind: "every-step" } as const;
 * const quantization = { kind: "fake", bits: 4, granularity: { kind: "table" }, refresh } as const;
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const state = allocateModelState(spec, createArena(1 << 12));
 * const { range, scale, weights } = state.tables[0];
 * weights.set([7, -14]);
 * scanRange(weights, 3, 2, range);
 * createTableScales(spec, state, createKernels([reference])).beforeStep(0);
 * scale[0]; // => 2
 * ```
 */
export function createTableScales(spec: ModelSpec, state: ModelState, kernels: Kernels): TableScales {
  const scales = spec.tables.flatMap((table, t): TableScales[] => {
    const { quantization } = table;
    if (quantization.kind !== "fake" || quantization.granularity.kind !== "table") return [];
    return [createTableScale(table, state.tables[t], quantization, kernels)];
  });
  return {
    beforeStep(step) {
      for (const scale of scales) scale.beforeStep(step);
    },
    beforeInference() {
      for (const scale of scales) scale.beforeInference();
    },
    invalidate() {
      for (const scale of scales) scale.invalidate();
    },
  };
}

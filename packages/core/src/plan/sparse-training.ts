import type { RowGradient } from "../format/row-gradient.ts";
import type { Kernels } from "../kernel/kernels.ts";
import {
  createFeatureVectors,
  type FeatureOptions,
  type FeatureParts,
  type FeatureVectors,
} from "./feature-vectors.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { ModelState } from "./model-state.ts";
import { prepareLayerUpdate } from "./layer-update.ts";
import type { SparseGradients } from "./plan.ts";
import { createTableTraining } from "./quantizer/create-table-training.ts";
import type { TableTraining } from "./quantizer/table-training.ts";
import { decayLayers, prepareRowDecay } from "./weight-decay.ts";

/**
 * Trains what of a model reads and changes tables: the part that is left to core by a plan that runs the layers itself.
 *
 * It knows every kind of feature and of table quantization, so that such a plan need not.
 */
export interface SparseTraining extends FeatureVectors {
  /** Chooses what is due before the training step with the given number, counted from 0. */
  beforeStep(step: number): void;
  /** Chooses what must be exact at any time, as inference sees it. */
  beforeInference(): void;
  /** Adds the gradient of the L2 penalty, where the model has one. */
  decay(gradients: SparseGradients): void;
  /**
   * Changes tables, pooling weights and projections by finite gradients, in the step with the given number.
   *
   * @throws VALUE when the learning rate is NaN or infinite, before anything changes
   */
  apply(gradients: SparseGradients, learningRate: number, step: number): void;
  /** Reads the state's arrays anew, after the caller changed them. */
  reload(): void;
}

/**
 * Prepares the training of a model's tables, in the arrays of its state.
 *
 * @throws UNSUPPORTED when no backend has a kernel that a table needs
 * @cost a step costs O(batch × model), whatever the number of rows
 *
 * ```ts doctest
 * import { allocateGradients, allocateModelState, createArena, createKernels, createSparseTraining, jaggedFrom, reference } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const state = allocateModelState(spec, createArena(1 << 12));
 * const sparse = createSparseTraining(spec, state, createKernels([reference]), { maxBatch: 1, leadingVectors: 0 });
 * const batch = { size: 1, dense: new Float32Array(1), labels: new Float32Array(1), bags: [jaggedFrom([[2, 2]])] };
 * const gradients = allocateGradients(spec, state);
 * sparse.forward(batch, new Float32Array(2));
 * sparse.backward(batch, Float32Array.of(1, -1), gradients);
 * sparse.apply(gradients, 0.5, 0);
 * [...state.tables[0].weights]; // => [0, 0, 0, 0, -1, 1]
 * ```
 */
export function createSparseTraining(
  spec: ModelSpec,
  state: ModelState,
  kernels: Kernels,
  options: FeatureOptions,
): SparseTraining {
  const { optimizer } = spec;
  const tables = spec.tables.map((table, t) =>
    createTableTraining({ table, index: t, state: state.tables[t], optimizer, kernels }),
  );
  const { backward, forward } = createFeatureVectors(spec, featureParts(state, tables), kernels, options);
  const factor = spec.regularization?.l2 ?? 0;
  const decayRows = prepareRowDecay(factor, tables);
  const updatePooling = preparePoolingUpdate(spec, state, kernels);
  const updateProjections = prepareLayerUpdate(optimizer, state.projections, kernels);
  return {
    backward,
    forward,
    beforeStep(step) {
      for (const table of tables) table.beforeStep(step);
    },
    beforeInference() {
      for (const table of tables) table.beforeInference();
    },
    decay(gradients) {
      if (factor === 0) return;
      decayRows(gradients.tables);
      decayLayers(factor, state.projections, gradients.projections);
    },
    apply(gradients, rate, step) {
      for (let t = 0; t < tables.length; t++) {
        tables[t].applyGradient(gradients.tables[t], rate, step);
        updatePooling(t, gradients.poolingWeights[t], rate);
      }
      updateProjections(gradients.projections, rate);
    },
    reload() {
      for (const table of tables) table.reload();
    },
  };
}

function featureParts(state: ModelState, tables: readonly TableTraining[]): FeatureParts {
  return {
    projections: state.projections,
    poolingWeights: state.tables.map(({ poolingWeights }) => poolingWeights),
    readRows: tables.map(({ readRows }) => readRows),
    lookup: (table, pooling, placement) => tables[table].lookup(pooling, placement),
  };
}

function preparePoolingUpdate(
  { optimizer, tables }: ModelSpec,
  state: ModelState,
  kernels: Kernels,
): (table: number, gradient: RowGradient, learningRate: number) => void {
  const update = kernels.prepare("updateRows", { cols: 1, optimizer });
  return (table, gradient, rate) => {
    const { poolingWeights, rows } = tables[table];
    if (poolingWeights !== "learned") return;
    const { poolingOptimizer, poolingWeights: weights } = state.tables[table];
    update(weights, rows, poolingOptimizer, gradient, rate, undefined, 0, gradient.count);
  };
}

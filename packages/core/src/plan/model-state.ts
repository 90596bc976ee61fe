import type { Arena } from "../format/arena.ts";
import { ACTIVATION_RANGE, activationSites } from "./activation/activation-sites.ts";
import type { LayerSpec, ModelSpec } from "./model-spec.ts";
import { allocateTableState, type TableState } from "./quantizer/table-state.ts";

/**
 * Holds the parameters of one linear layer.
 *
 * @shape weight f32[outputs × inputs], bias f32[outputs] (0 for a projection), optimizers as the parameter, or 0 for sgd
 */
export interface LayerState {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly weightOptimizer: Float32Array;
  readonly biasOptimizer: Float32Array;
}

/** Holds everything that training changes; with the model's spec and the step it resumes bit for bit. */
export interface ModelState {
  readonly tables: readonly TableState[];
  readonly bottom: readonly LayerState[];
  readonly top: readonly LayerState[];
  /** One for each feature of kind "projected", in feature order. */
  readonly projections: readonly LayerState[];
  /**
   * The ranges of the inputs that are quantized, in the order of activationSites; none without quantization.
   *
   * @shape f32[sites × 3]: smallest, largest, and 1 once observed
   */
  readonly activationRanges: Float32Array;
  /** Steps applied so far: the scale policies count by it. */
  step: number;
}

/**
 * Gives the shapes of the projection layers that a spec implies.
 *
 * @source facebookresearch/dlrm PrEmbeddingBag: no bias
 *
 * ```ts doctest
 * import { projectionLayers } from "@dqrm/core";
 * const layer = { activation: "relu" } as const;
 * const spec = {
 *   denseFeatures: 13,
 *   tables: [{ name: "shop", rows: 100, cols: 4, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "projected", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 13, outputs: 16, ...layer }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 17, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * projectionLayers(spec); // => [{ inputs: 4, outputs: 16, activation: "none" }]
 * ```
 */
export function projectionLayers(spec: ModelSpec): readonly LayerSpec[] {
  const outputs = vectorCols(spec);
  return spec.features.flatMap((feature): LayerSpec[] =>
    feature.kind === "projected"
      ? [{ inputs: spec.tables[feature.table].cols, outputs, activation: "none" }]
      : [],
  );
}

/**
 * Gives the width of the vectors that interact: the output of the last bottom layer, or the first table's width.
 *
 * ```ts doctest
 * import { vectorCols } from "@dqrm/core";
 * const layer = { activation: "relu" } as const;
 * const spec = {
 *   denseFeatures: 13,
 *   tables: [{ name: "shop", rows: 100, cols: 4, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "projected", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 13, outputs: 16, ...layer }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 17, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * vectorCols(spec); // => 16
 * ```
 */
export function vectorCols(spec: ModelSpec): number {
  return spec.bottom.at(-1)?.outputs ?? spec.tables[0].cols;
}

/**
 * Allocates zeroed parameters and optimizer state for a spec.
 *
 * @cost 4 bytes for each weight, twice that with adagrad
 *
 * ```ts doctest
 * import { allocateModelState, createArena } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "adagrad", epsilon: 1e-10 },
 * } as const;
 * const { tables, top } = allocateModelState(spec, createArena(1 << 12));
 * [tables[0].weights.length, tables[0].optimizer.length, top[0].bias.length]; // => [6, 6, 1]
 * ```
 */
export function allocateModelState(spec: ModelSpec, arena: Arena): ModelState {
  const dense = (length: number): number => (spec.optimizer.kind === "sgd" ? 0 : length);
  const layer = ({ inputs, outputs }: LayerSpec, biased: boolean): LayerState => ({
    weight: arena.float32(outputs * inputs),
    bias: arena.float32(biased ? outputs : 0),
    weightOptimizer: arena.float32(dense(outputs * inputs)),
    biasOptimizer: arena.float32(dense(biased ? outputs : 0)),
  });
  return {
    tables: spec.tables.map((table) => allocateTableState(table, spec.optimizer, arena)),
    bottom: spec.bottom.map((l) => layer(l, true)),
    top: spec.top.map((l) => layer(l, true)),
    projections: projectionLayers(spec).map((l) => layer(l, false)),
    activationRanges: arena.float32(ACTIVATION_RANGE * activationSites(spec).length),
    step: 0,
  };
}

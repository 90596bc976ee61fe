import type { Batch } from "../format/batch.ts";
import type { PackedRows } from "../format/row-format.ts";
import type { RowGradient } from "../format/row-gradient.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { ModelState } from "./model-state.ts";

/** Holds two arrays with the shapes of a linear layer's parameters: its weights as served, or their gradient. */
export interface LayerTensors {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Holds what a batch's backward pass produced for tables, and for the features that read them. */
export interface SparseGradients {
  /** One for each table, coalesced. */
  readonly tables: readonly RowGradient[];
  /** One for each table with learned pooling weights, else empty. */
  readonly poolingWeights: readonly RowGradient[];
  readonly projections: readonly LayerTensors[];
}

/** Holds what a batch's backward pass produced; valid until the next call of the plan. */
export interface ModelGradients extends SparseGradients {
  readonly bottom: readonly LayerTensors[];
  readonly top: readonly LayerTensors[];
}

/** Names gradients of a model that become final together. */
export type GradientGroup = keyof ModelGradients;

/**
 * Hears which gradients are final while a plan computes the others, so that they can be on their way meanwhile.
 *
 * It may read them and must leave them as they are; it must call nothing of the plan.
 */
export type GradientListener = (groups: readonly GradientGroup[]) => void;

/**
 * Computes probabilities for batches.
 *
 * @shape dst f32[>= batch.size]
 * @throws SHAPE when the batch does not fit the model; INDEX_RANGE; LIMIT when it is larger than the plan's maxBatch
 */
export interface InferencePlan {
  readonly backend: string;
  infer(batch: Batch, dst: Float32Array): void;
  /** Returns the seconds that one thread spent in each stage since the last call, where the backend measures them. */
  stageSeconds?(): Readonly<Record<string, number>>;
}

/**
 * Names the numbers that the matrix products of linear layers multiply; sums, masters and everything else stay in f32.
 *
 * bfloat16: weights and activations are rounded to it. float16: the same, to the nearest that it holds; for serving only, for
 * gradients are too small for it. int8: weights to 8 bits for each output, unless they are codes
 * already, and activations to 8 bits for each sample, the sums exact in 32 bits; for serving only. codes: what training
 * quantized weights and activations to, the sums exact in 32 bits and the next layer's codes by fixed point, with no float
 * between; core's slow reference of an integer device, for serving only.
 */
export type ProductPrecision = "float32" | "bfloat16" | "float16" | "int8" | "codes";

/**
 * Trains a model: a spec compiled once, then one call for each step.
 *
 * `step` equals `forwardBackward` followed by `apply`; a backend may fuse it. Codecs work between the two.
 * `infer` sees the same quantized weights as a training step would, and changes nothing.
 */
export interface TrainingPlan extends InferencePlan {
  /** Returns the batch's mean loss. @throws NON_FINITE before any parameter changes */
  step(batch: Batch, learningRate: number): number;
  /**
   * Returns the batch's mean loss and fills {@link gradients}; changes no weight, but refreshes due scales.
   *
   * `ready` hears of every group once, before the call returns, when nothing of the group will change any more; a plan that
   * computes all at once says {@link GRADIENT_GROUPS} at its end. What `ready` throws ends the call, and leaves nothing to apply.
   */
  forwardBackward(batch: Batch, ready?: GradientListener): number;
  readonly gradients: ModelGradients;
  /** Applies {@link gradients} and counts a step. @throws NON_FINITE before any parameter changes */
  apply(learningRate: number): void;
  /** Makes the caller's ModelState current, when the backend keeps weights in a layout of its own. */
  sync(): void;
  /** Reads the caller's ModelState anew, after the caller changed weights: ranges, and layouts of the backend. */
  reload(): void;
}

/** Fixes a plan at compilation. */
export interface PlanOptions {
  /** Largest batch a call may bring; activations are sized by it. */
  readonly maxBatch: number;
  /** Float32 unless said otherwise; a backend that has no such products declines. */
  readonly products?: ProductPrecision;
}

/** Compiles a model for training, or answers undefined when the backend cannot serve it. */
export type TrainingPlanFactory = (
  spec: ModelSpec,
  state: ModelState,
  options: PlanOptions,
) => TrainingPlan | undefined;

/**
 * Holds one linear layer as it is served.
 *
 * @shape weight: outputs rows of inputs columns; bias: outputs rows of one column, or 0 for a projection
 */
export interface PackedLayer {
  readonly weight: PackedRows | Float32Array;
  readonly bias: PackedRows | Float32Array;
}

/**
 * Holds a trained model as it is served: codes and scales, or floats where the spec quantizes nothing.
 *
 * @shape tables[t] for spec.tables[t]: packed, or f32[rows × cols]
 */
export interface PackedModel {
  readonly spec: ModelSpec;
  readonly tables: readonly (PackedRows | Float32Array)[];
  /** One for each table, empty when it has none. */
  readonly poolingWeights: readonly Float32Array[];
  readonly bottom: readonly PackedLayer[];
  readonly top: readonly PackedLayer[];
  readonly projections: readonly PackedLayer[];
  /** As ModelState's; needed when the spec quantizes activations. */
  readonly activationRanges?: Float32Array;
}

/** Compiles a packed model for serving, or answers undefined when the backend cannot serve it. */
export type InferencePlanFactory = (model: PackedModel, options: PlanOptions) => InferencePlan | undefined;

/** Lists the fused plans of a backend. */
export interface PlanFactories {
  readonly training?: TrainingPlanFactory;
  readonly inference?: InferencePlanFactory;
}

import type { BitWidth, ScaleGranularity } from "../format/row-format.ts";
import type { CoreNumbers, TensorTrainShape } from "../mapping/tensor-train-shape.ts";
import type { RobeSpec } from "../mapping/robe-mapping.ts";
import type { Activation, InteractionSpec, LossSpec, OptimizerSpec, Pooling } from "../kernel/ops.ts";

/**
 * Says when the scale of a quantized table is recomputed: at every step, at every `periodSteps`-th, or at the first only.
 *
 * @source DQRM §3.2 (periodic); "every-step" is exact at the cost of the rows touched, see BlockRange
 */
export type ScaleRefresh =
  | { readonly kind: "every-step" }
  | { readonly kind: "periodic"; readonly periodSteps: number }
  | { readonly kind: "once" };

/**
 * Says how a learned step follows its gradient ds.
 *
 * "relative" multiplies it by at most e^±rate, as far as the gradient of the rows points along it: it follows a table whose
 * weights grow five hundredfold, whatever the learning rate and the optimizer, and stays above zero. "gradient" is LSQ's own
 * step, normalized by the weights that the batch touched: a first step far below its table's weights makes it jump.
 *
 * @units relative: s ← s·exp(−rate·cos ∠(g, ∂ŵ/∂s)); gradient: s ← s − lr·ds/√(n·touched weights), n = 2^(bits−1) − 1
 */
export type LearnedStep =
  { readonly kind: "relative"; readonly rate: number } | { readonly kind: "gradient" };

/**
 * Says which weights a dead zone turns into zero: those below a share of the table's absmax, below a number, or all of the
 * rows that fewer than `minTouches` training steps touched, and of the other rows those below the share.
 */
export type DeadZoneThreshold =
  | { readonly kind: "relative"; readonly fraction: number }
  | { readonly kind: "absolute"; readonly value: number }
  | { readonly kind: "frequency"; readonly minTouches: number; readonly fraction: number };

/**
 * Says how the forward pass sees a table: exact, or through codes of a few bits. Gradients pass straight through to the
 * float masters, but for learned-step, where a clipped weight gets none.
 *
 * fake: uniform codes around zero, whose scale covers the absmax. learned-step: the same codes with a learned scale (LSQ).
 * dorefa: tanh, then equal steps over the table's range, or over [−1, 1] for "unit". dead-zone: zero below a threshold, and
 * the codes spent above it; 32 bits keep what is above it exact.
 *
 * @source DQRM §3.1, Table 3 (fake, and LSQ and DoReFa as baselines); dead-zone: ours, docs/adopt/core.md
 */
export type TableQuantization =
  | { readonly kind: "none" }
  | {
      readonly kind: "fake";
      readonly bits: BitWidth;
      readonly granularity: ScaleGranularity;
      readonly refresh: ScaleRefresh;
    }
  | { readonly kind: "learned-step"; readonly bits: BitWidth; readonly step: LearnedStep }
  | {
      readonly kind: "dead-zone";
      /** 32 keeps the weights above the threshold as they are, and the table is served in floats. */
      readonly bits: Exclude<BitWidth, 1 | 16> | 32;
      readonly threshold: DeadZoneThreshold;
      /** How the codes are spent between the threshold and the absmax; not read with 32 bits. */
      readonly levels: "uniform" | "log";
      readonly refresh: ScaleRefresh;
    }
  | {
      readonly kind: "dorefa";
      readonly bits: BitWidth;
      readonly range: "table" | "unit";
      readonly refresh: ScaleRefresh;
    }
  | StoredQuantization;

/**
 * Describes a table that exists as codes only, in training as when it is served: no float weights stand behind them.
 *
 * Each row has a scale of its own, its step: the largest magnitude of the row ("absmax"), or learned with the weights.
 *
 * @source Li et al. 2022, "Adaptive Low-Precision Training for Embeddings in Click-Through Rate Prediction" (ALPT)
 */
export interface StoredQuantization {
  readonly kind: "stored";
  /** One bit has no zero that a row could rest at. */
  readonly bits: Exclude<BitWidth, 1>;
  readonly rounding: StoredRounding;
  readonly step: StoredStep;
}

/** Says how an updated weight becomes a code; the seed fixes the random numbers of stochastic rounding. */
export type StoredRounding =
  { readonly kind: "nearest" } | { readonly kind: "stochastic"; readonly seed: number };

/** Says how the step of a stored row follows its weights. */
export type StoredStep =
  { readonly kind: "absmax" } | { readonly kind: "learned"; readonly learningRate: number };

/** Describes one embedding table. */
export interface TableSpec {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly quantization: TableQuantization;
  /** Per-row pooling weights: none, fixed at one, or learned with the model. */
  readonly poolingWeights: "none" | "fixed" | "learned";
}

/**
 * Describes how a sparse feature becomes a vector of the interaction.
 *
 * The kinds with `rows` stand for a vocabulary of that many rows and hold fewer numbers: see docs/spec/row-mappings.md.
 * Several features may read one table; a robe is made for that.
 *
 * @source facebookresearch/dlrm: quotient-remainder (tricks/qr_embedding_bag.py), projected = mixed dimensions
 *         (tricks/md_embedding_bag.py); hashed: Weinberger et al. 2009; robe: arXiv 2108.02191; tensor-train: arXiv 2101.11714
 */
export type FeatureSpec =
  | { readonly kind: "table"; readonly table: number; readonly pooling: Pooling }
  | {
      readonly kind: "quotient-remainder";
      readonly quotient: number;
      readonly remainder: number;
      readonly collisions: number;
      readonly combine: "mult" | "add" | "concat";
      readonly pooling: Pooling;
    }
  | { readonly kind: "projected"; readonly table: number; readonly pooling: Pooling }
  | HashedFeatureSpec
  | RobeFeatureSpec
  | TensorTrainFeatureSpec;

/** Describes a feature whose rows are hashed onto the rows of a smaller table, see createRowHash. */
export interface HashedFeatureSpec {
  readonly kind: "hashed";
  readonly table: number;
  readonly rows: number;
  readonly seed: number;
  readonly pooling: Pooling;
}

/** Describes a feature whose rows are made of blocks of one shared array, see createRobeMapping. */
export interface RobeFeatureSpec extends Omit<RobeSpec, "cells" | "cols"> {
  readonly kind: "robe";
  /** Table of blocks, blockCols wide ("mixing"), or of single cells ("reference"). */
  readonly table: number;
  readonly rows: number;
  readonly pooling: Pooling;
}

/** Describes a feature whose rows are products of rows of three tables, see prepareTensorTrain. */
export interface TensorTrainFeatureSpec extends Pick<TensorTrainShape, "dims" | "rank"> {
  readonly kind: "tensor-train";
  /** The three cores; the product of their rows is at least `rows`. */
  readonly tables: CoreNumbers;
  readonly rows: number;
  readonly pooling: Pooling;
}

/** Describes one fully connected layer. */
export interface LayerSpec {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
}

/**
 * Says how the forward pass sees the weights of the linear layers.
 *
 * `bias: "same"` quantizes the bias with the bits and scale of its row, as the authors do; "float" keeps it.
 *
 * @source DQRM §3.1, QuantLinear: channel = one scale for each output, matrix = one for the layer
 */
export type LinearQuantization =
  | { readonly kind: "none" }
  | {
      readonly kind: "fake";
      readonly bits: BitWidth;
      readonly granularity: "channel" | "matrix";
      readonly bias: "float" | "same";
    };

/**
 * Says how the range of an input follows the batches of training: by an exponential moving average, or never shrinking.
 *
 * @units ema: bound = momentum·bound + (1 − momentum)·seen
 * @source the authors' QuantAct: momentum 0.95, or −1 for running extremes
 */
export type RangeRule = { readonly kind: "running" } | { readonly kind: "ema"; readonly momentum: number };

/**
 * Says how the inputs of linear layers are quantized; their gradients pass unchanged.
 *
 * Ranges follow the batches of training steps and stand still in inference. An input that was never observed is not
 * quantized. What a ReLU or a sigmoid gave takes codes from 0 up, what may be negative codes around 0.
 *
 * @source DQRM, the authors' QuantAct: on the dense input and on the interaction's output ("stacks")
 */
export interface ActivationQuantization {
  /** Bits of a code, in [8, 16]. */
  readonly bits: number;
  /** "stacks": the input of the first bottom and of the first top layer; "layers": the input of every layer. */
  readonly at: "stacks" | "layers";
  readonly range: RangeRule;
}

/**
 * Says what keeps the weights of training small or apart from each other; inference does not read it.
 *
 * Once for each step, `l2`·w is added to the gradient of every weight of the linear layers, without their biases, and of
 * every row that the batch touched; the loss that a step returns does not hold the penalty. `dropout` zeroes each hidden
 * activation of the top layers with probability `rate` and divides the others by 1 − rate. What is dropped follows from
 * the seed, the step, the layer and the position in the batch.
 */
export interface Regularization {
  /** Factor of the weight in its gradient, >= 0. */
  readonly l2: number;
  /** `rate` in [0, 1); 0 drops nothing. */
  readonly dropout: { readonly rate: number; readonly seed: number };
}

/**
 * Describes how the vectors of a model interact.
 *
 * With `bits`, the dot products multiply vectors that were rounded to codes of so many bits, which the batch's largest
 * magnitude scales; the bottom output that stands beside the products is not rounded.
 *
 * @source the authors' --modify_feature_interaction
 */
export interface ModelInteraction extends Pick<InteractionSpec, "kind" | "itself"> {
  readonly bits?: 16;
}

/**
 * Describes a whole model as data that a backend can compile: tables, features in interaction order, layers, loss, optimizer.
 *
 * The last layer of `top` has one output and activation "none": the loss applies the sigmoid.
 *
 * @shape interaction: vectors = features + 1 (the bottom output first), cols = the bottom output
 */
export interface ModelSpec {
  readonly denseFeatures: number;
  readonly tables: readonly TableSpec[];
  readonly features: readonly FeatureSpec[];
  readonly bottom: readonly LayerSpec[];
  readonly interaction: ModelInteraction;
  readonly top: readonly LayerSpec[];
  readonly linearQuantization: LinearQuantization;
  /** Absent: inputs of layers are floats. */
  readonly activationQuantization?: ActivationQuantization;
  /** Absent: none. */
  readonly regularization?: Regularization;
  readonly loss: LossSpec;
  readonly optimizer: OptimizerSpec;
}

import type { BitWidth, ScaleGranularity } from "../format/row-format.ts";
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

/** Says how the forward pass sees a table: exact, or through codes of a few bits. */
export type TableQuantization =
  | { readonly kind: "none" }
  | {
      readonly kind: "fake";
      readonly bits: BitWidth;
      readonly granularity: ScaleGranularity;
      readonly refresh: ScaleRefresh;
    };

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
 * @source facebookresearch/dlrm: quotient-remainder (tricks/qr_embedding_bag.py), projected = mixed dimensions
 *         (tricks/md_embedding_bag.py)
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
  | { readonly kind: "projected"; readonly table: number; readonly pooling: Pooling };

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
  readonly interaction: Pick<InteractionSpec, "kind" | "itself">;
  readonly top: readonly LayerSpec[];
  readonly linearQuantization: LinearQuantization;
  readonly loss: LossSpec;
  readonly optimizer: OptimizerSpec;
}

import type { Activation, InteractionSpec, LossSpec, ModelSpec, OptimizerSpec, Pooling } from "@dqrm/core";

/** Says what the plans that serve take. */
export const SERVED_MODELS =
  "takes one bag for each feature, no pooling weights, no quantized activations; products of floats or 8-bit integers";

/** Describes a feature that is one embedding bag. */
export interface TableFeature {
  readonly table: number;
  readonly pooling: Pooling;
}

/**
 * Lists the features of a model that the fused plans serve, or answers undefined: features of other kinds, learned or
 * fixed pooling weights, and models without bottom layers are left to the executor of single kernels.
 */
export function tableFeatures(spec: ModelSpec): readonly TableFeature[] | undefined {
  if (spec.bottom.length === 0) return undefined;
  if (spec.tables.some(({ poolingWeights }) => poolingWeights !== "none")) return undefined;
  const features: TableFeature[] = [];
  for (const feature of spec.features) {
    if (feature.kind !== "table") return undefined;
    features.push(feature);
  }
  return features;
}

// The numbers by which assembly/plan/ knows the choices of a model.
const ACTIVATIONS: Readonly<Record<Activation, number>> = { none: 0, relu: 1, sigmoid: 2 };
const LOSSES: Readonly<Record<LossSpec["kind"], number>> = { bce: 0, wbce: 1, mse: 2 };
const OPTIMIZERS: Readonly<Record<OptimizerSpec["kind"], number>> = {
  sgd: 0,
  adagrad: 1,
  "rowwise-adagrad": 2,
};

/** Gives the number of an activation. */
export function activationNumber(activation: Activation): number {
  return ACTIVATIONS[activation];
}

/** Gives the number of a loss. */
export function lossNumber({ kind }: LossSpec): number {
  return LOSSES[kind];
}

/** Gives the number of an update rule. */
export function optimizerNumber({ kind }: OptimizerSpec): number {
  return OPTIMIZERS[kind];
}

/** Gives the number of an interaction. */
export function interactionNumber({ itself, kind }: Pick<InteractionSpec, "kind" | "itself">): number {
  if (kind === "cat") return 0;
  return itself ? 2 : 1;
}

/** Rounds a count up to a multiple. */
export function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

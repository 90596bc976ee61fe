import type { Batch } from "../format/batch.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { ActivationQuantizers } from "./activation/activation-ranges.ts";
import { interactionWidth } from "./check-model.ts";
import { createDropouts } from "./dropout.ts";
import type { FeatureVectors } from "./feature-vectors.ts";
import { prepareGather, prepareScatter } from "./feature/vector-copy.ts";
import { GRADIENT_GROUPS } from "./gradient-groups.ts";
import { createLinearStack, type LinearStack, type StackParts } from "./linear-stack.ts";
import { createInteraction } from "./model-interaction.ts";
import type { ModelSpec } from "./model-spec.ts";
import { vectorCols } from "./model-state.ts";
import type { GradientGroup, GradientListener, LayerTensors, ModelGradients } from "./plan.ts";

const TOP: readonly GradientGroup[] = ["top"];
const BELOW_TOP: readonly GradientGroup[] = GRADIENT_GROUPS.filter((group) => group !== "top");

/** Gives the forward pass the weights that it sees, and the vectors of the features. */
export interface ForwardParts {
  readonly bottom: readonly LayerTensors[];
  readonly top: readonly LayerTensors[];
  readonly activations: ActivationQuantizers;
  readonly features: FeatureVectors;
  /** Stacks that take the place of those over the layers in floats. */
  readonly stacks?: Stacks;
}

/** Holds the two stacks of a model. */
export interface Stacks {
  readonly bottom: LinearStack;
  readonly top: LinearStack;
}

/** Runs a model from a batch to its logits, and the gradient back to every parameter. */
export interface ModelForward {
  /** Returns the logits, valid until the next call; `step` is that of a training pass, else undefined. */
  forward(batch: Batch, step: number | undefined): Float32Array;
  /** Comes after `forward` with the same batch; takes the gradient of the logits in `logitGradient`. `ready` as a plan's. */
  backward(batch: Batch, gradients: ModelGradients, ready?: GradientListener): void;
  readonly logitGradient: Float32Array;
}

/**
 * Prepares a model's forward and backward pass out of the kernels of single ops.
 *
 * @cost allocates activations for `maxBatch` samples; a call allocates nothing that grows with the batch or the model's rows
 */
export function createModelForward(
  spec: ModelSpec,
  parts: ForwardParts,
  kernels: Kernels,
  maxBatch: number,
): ModelForward {
  const cols = vectorCols(spec);
  const vectorCount = spec.features.length + 1;
  const stride = vectorCount * cols;
  const { bottom, top } = parts.stacks ?? createStacks(spec, parts, kernels, maxBatch);
  const shape = { vectors: vectorCount, cols };
  const interaction = createInteraction(spec.interaction, shape, kernels, maxBatch);
  const vectors = new Float32Array(maxBatch * stride);
  const dvectors = new Float32Array(maxBatch * stride);
  const crossed = new Float32Array(maxBatch * interactionWidth(spec));
  const dcrossed = new Float32Array(maxBatch * interactionWidth(spec));
  const scatter = prepareScatter(cols, { stride, offset: 0 });
  const gather = prepareGather(cols, { stride, offset: 0 });

  return {
    logitGradient: top.outputGradient,
    forward(batch, step) {
      const { dense, firstSample = 0, size } = batch;
      const pass = step === undefined ? undefined : { step, firstSample };
      scatter(bottom.forward(dense, size, pass), vectors, size);
      parts.features.forward(batch, vectors);
      interaction.forward(vectors, crossed, size);
      return top.forward(crossed, size, pass);
    },
    backward(batch, gradients, ready) {
      const { size } = batch;
      top.backward(size, gradients.top, dcrossed, ready && ((): void => ready(TOP)));
      interaction.backward(vectors, dcrossed, dvectors, size);
      parts.features.backward(batch, dvectors, gradients);
      gather(dvectors, bottom.outputGradient, size);
      bottom.backward(size, gradients.bottom, undefined);
      ready?.(BELOW_TOP);
    },
  };
}

function createStacks(
  spec: ModelSpec,
  { activations, ...weights }: ForwardParts,
  kernels: Kernels,
  maxBatch: number,
): Stacks {
  const stack = (name: "bottom" | "top", dropouts: StackParts["dropouts"]): LinearStack => {
    const parts = { specs: spec[name], weights: weights[name], quantizers: activations[name], dropouts };
    return createLinearStack(parts, kernels, maxBatch);
  };
  return { bottom: stack("bottom", []), top: stack("top", createDropouts(spec, maxBatch)) };
}

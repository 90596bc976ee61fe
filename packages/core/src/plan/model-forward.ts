import type { Batch } from "../format/batch.ts";
import type { Jagged } from "../format/jagged.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { ActivationQuantizers } from "./activation/activation-ranges.ts";
import { interactionWidth } from "./check-model.ts";
import { createFeature } from "./feature/create-feature.ts";
import type { Feature, RowsReader, TableLookupFactory } from "./feature/feature.ts";
import { createSharedGradients } from "./feature/shared-gradients.ts";
import { prepareGather, prepareScatter } from "./feature/vector-copy.ts";
import { createDropouts } from "./dropout.ts";
import { createLinearStack, type LinearStack, type StackParts } from "./linear-stack.ts";
import { createInteraction } from "./model-interaction.ts";
import type { ModelSpec } from "./model-spec.ts";
import { vectorCols } from "./model-state.ts";
import type { LayerTensors, ModelGradients } from "./plan.ts";

/** Gives the forward pass the weights that it sees, and the tables' lookups. */
export interface ForwardParts {
  readonly bottom: readonly LayerTensors[];
  readonly top: readonly LayerTensors[];
  readonly projections: readonly LayerTensors[];
  readonly poolingWeights: readonly Float32Array[];
  readonly activations: ActivationQuantizers;
  /** Absent when only serving. */
  readonly readRows: readonly RowsReader[] | undefined;
  readonly lookup: TableLookupFactory;
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
  /** Comes after `forward` with the same batch; takes the gradient of the logits in `logitGradient`. */
  backward(batch: Batch, gradients: ModelGradients): void;
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
  const features = createFeatures(spec, parts, kernels, maxBatch);
  const shared = createSharedGradients(spec, kernels);
  const projectionOf = projectionIndex(spec);
  const shape = { vectors: vectorCount, cols };
  const interaction = createInteraction(spec.interaction, shape, kernels, maxBatch);
  const vectors = new Float32Array(maxBatch * stride);
  const dvectors = new Float32Array(maxBatch * stride);
  const crossed = new Float32Array(maxBatch * interactionWidth(spec));
  const dcrossed = new Float32Array(maxBatch * interactionWidth(spec));
  const scatter = prepareScatter(cols, { stride, offset: 0 });
  const gather = prepareGather(cols, { stride, offset: 0 });
  const bags: Jagged[] = [];

  return {
    logitGradient: top.outputGradient,
    forward(batch, step) {
      const { dense, firstSample = 0, size } = batch;
      const pass = step === undefined ? undefined : { step, firstSample };
      for (let f = 0; f < features.length; f++) bags[f] = cutBags(batch.bags[f], size);
      scatter(bottom.forward(dense, size, pass), vectors, size);
      for (let f = 0; f < features.length; f++) features[f].forward(bags[f], vectors, size);
      interaction.forward(vectors, crossed, size);
      return top.forward(crossed, size, pass);
    },
    backward({ size }, gradients) {
      top.backward(size, gradients.top, dcrossed);
      interaction.backward(vectors, dcrossed, dvectors, size);
      for (let f = 0; f < features.length; f++) {
        features[f].backward(bags[f], dvectors, size, {
          ...shared.of(f, gradients),
          projection: gradients.projections[projectionOf[f]],
        });
      }
      shared.join(gradients);
      gather(dvectors, bottom.outputGradient, size);
      bottom.backward(size, gradients.bottom, undefined);
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

function createFeatures(
  spec: ModelSpec,
  parts: ForwardParts,
  kernels: Kernels,
  maxBatch: number,
): readonly Feature[] {
  const { lookup, poolingWeights, projections, readRows } = parts;
  const context = { spec, kernels, maxBatch, lookup, poolingWeights, readRows };
  const cols = vectorCols(spec);
  const stride = (spec.features.length + 1) * cols;
  const projectionOf = projectionIndex(spec);
  return spec.features.map((feature, f) =>
    createFeature(context, feature, { stride, offset: (f + 1) * cols }, projections[projectionOf[f]]),
  );
}

function projectionIndex(spec: ModelSpec): readonly number[] {
  let next = 0;
  return spec.features.map(({ kind }) => (kind === "projected" ? next++ : -1));
}

/** The last batch of an epoch may come in longer arrays; kernels that take whole bags need the exact number. */
function cutBags(bags: Jagged, size: number): Jagged {
  if (bags.offsets.length === size + 1) return bags;
  const offsets = bags.offsets.subarray(0, size + 1);
  return { ...bags, offsets };
}

import type { Batch } from "../format/batch.ts";
import type { OpFn } from "../kernel/ops.ts";
import type { Kernels } from "../kernel/kernels.ts";
import { createActivationQuantizers, type ActivationQuantizers } from "./activation/activation-ranges.ts";
import { checkBatch, checkLabels } from "./check-batch.ts";
import { prepareLayerUpdate } from "./layer-update.ts";
import { createModelForward, type ModelForward } from "./model-forward.ts";
import { allocateGradients, checkGradients, checkGradientsReady } from "./model-gradients.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { ModelState } from "./model-state.ts";
import type { GradientListener, ModelGradients, PlanOptions, TrainingPlan } from "./plan.ts";
import { createServedLayers, type ServedLayers } from "./served-layers.ts";
import { createSparseTraining, type SparseTraining } from "./sparse-training.ts";
import { decayLayers } from "./weight-decay.ts";

/** Holds what the executor prepares once. */
interface PreparedModel {
  readonly spec: ModelSpec;
  readonly state: ModelState;
  readonly bottom: ServedLayers;
  readonly top: ServedLayers;
  readonly sparse: SparseTraining;
  readonly forward: ModelForward;
  readonly activations: ActivationQuantizers;
  readonly updateBottom: ReturnType<typeof prepareLayerUpdate>;
  readonly updateTop: ReturnType<typeof prepareLayerUpdate>;
  readonly absmax: OpFn<"absmax">;
  readonly loss: OpFn<"loss">;
  readonly maxBatch: number;
}

/**
 * Compiles a model for training out of the kernels of single ops: the living definition of a plan.
 *
 * @cost one thread; a step costs O(batch × model), whatever the number of rows
 */
export function createTrainingExecutor(
  spec: ModelSpec,
  state: ModelState,
  kernels: Kernels,
  { maxBatch }: PlanOptions,
): TrainingPlan {
  const { linearQuantization, optimizer } = spec;
  const bottom = createServedLayers(spec.bottom, state.bottom, linearQuantization, kernels);
  const top = createServedLayers(spec.top, state.top, linearQuantization, kernels);
  const sparse = createSparseTraining(spec, state, kernels, { maxBatch, leadingVectors: 1 });
  const activations = createActivationQuantizers(spec, state.activationRanges, maxBatch);
  const parts = { bottom: bottom.layers, top: top.layers, activations, features: sparse };
  const prepared: PreparedModel = {
    spec,
    state,
    bottom,
    top,
    sparse,
    forward: createModelForward(spec, parts, kernels, maxBatch),
    activations,
    updateBottom: prepareLayerUpdate(optimizer, state.bottom, kernels),
    updateTop: prepareLayerUpdate(optimizer, state.top, kernels),
    absmax: kernels.prepare("absmax", {}),
    loss: kernels.prepare("loss", spec.loss),
    maxBatch,
  };
  return new TrainingExecutor(kernels.backends.map(({ name }) => name).join(", "), prepared);
}

class TrainingExecutor implements TrainingPlan {
  readonly backend: string;
  readonly gradients: ModelGradients;
  readonly #model: PreparedModel;
  readonly #predictions: Float32Array;
  readonly #losses: Float64Array;
  readonly #unusedLabels: Float32Array;
  readonly #unusedGradient: Float32Array;
  #layersStale = true;
  #gradientsReady = false;
  #decayed = false;

  constructor(backend: string, model: PreparedModel) {
    this.backend = backend;
    this.#model = model;
    this.gradients = allocateGradients(model.spec, model.state);
    this.#predictions = new Float32Array(model.maxBatch);
    this.#losses = new Float64Array(model.maxBatch);
    this.#unusedLabels = new Float32Array(model.maxBatch);
    this.#unusedGradient = new Float32Array(model.maxBatch);
    this.reload();
  }

  step(batch: Batch, learningRate: number): number {
    const meanLoss = this.forwardBackward(batch);
    this.apply(learningRate);
    return meanLoss;
  }

  forwardBackward(batch: Batch, ready?: GradientListener): number {
    const { forward, loss, maxBatch, sparse, spec, state } = this.#model;
    this.#gradientsReady = false;
    checkBatch("forwardBackward", spec, batch, maxBatch);
    checkLabels("forwardBackward", batch);
    sparse.beforeStep(state.step);
    this.#refreshLayers();
    const { labels, size } = batch;
    const logits = forward.forward(batch, state.step);
    loss(logits, labels, size, this.#predictions, this.#losses, forward.logitGradient, 0, size);
    forward.backward(batch, this.gradients, ready);
    this.#gradientsReady = true;
    this.#decayed = false;
    return mean(this.#losses, size);
  }

  apply(learningRate: number): void {
    checkGradientsReady(this.#gradientsReady);
    const { absmax, activations, sparse, state, updateBottom, updateTop } = this.#model;
    this.#decayOnce();
    checkGradients(this.gradients, absmax);
    sparse.apply(this.gradients, learningRate, state.step);
    updateBottom(this.gradients.bottom, learningRate);
    updateTop(this.gradients.top, learningRate);
    activations.commit();
    state.step++;
    this.#gradientsReady = false;
    this.#layersStale = true;
  }

  infer(batch: Batch, dst: Float32Array): void {
    const { forward, loss, maxBatch, sparse, spec } = this.#model;
    checkBatch("infer", spec, batch, maxBatch);
    sparse.beforeInference();
    this.#refreshLayers();
    const logits = forward.forward(batch, undefined);
    loss(logits, this.#unusedLabels, batch.size, dst, this.#losses, this.#unusedGradient, 0, batch.size);
    this.#gradientsReady = false;
  }

  sync(): void {
    // The masters are the caller's arrays, changed in place: they are always current.
  }

  reload(): void {
    this.#model.sparse.reload();
    this.#layersStale = true;
    this.#gradientsReady = false;
  }

  /** An apply that was refused, by its learning rate for instance, may be tried again. */
  #decayOnce(): void {
    if (this.#decayed) return;
    const { sparse, spec, state } = this.#model;
    const { bottom, top } = this.gradients;
    const factor = spec.regularization?.l2 ?? 0;
    sparse.decay(this.gradients);
    if (factor > 0) decayLayers(factor, [...state.bottom, ...state.top], [...bottom, ...top]);
    this.#decayed = true;
  }

  #refreshLayers(): void {
    if (!this.#layersStale) return;
    this.#model.bottom.refresh();
    this.#model.top.refresh();
    this.#layersStale = false;
  }
}

function mean(values: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  return sum / count;
}

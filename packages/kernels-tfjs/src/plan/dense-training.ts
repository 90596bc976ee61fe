import { add, mul, type Tensor } from "@tensorflow/tfjs-core";
import type { Batch, ModelSpec, ModelState } from "@dqrm/core";
import { loss, predictions } from "../ops/loss.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { DenseModel, type DenseLayers, type DensePass } from "./dense-model.ts";
import { createDropoutFactors, type DropoutFactors } from "./dropout-factors.ts";
import { areFinite, checkLogits, markFinite } from "./finite.ts";
import { arraysOf, layerParameters, layersOf, tensorsOf, type LayerArrays } from "./layer-parameters.ts";
import { Parameters, type Parameter } from "./parameters.ts";
import type { Disposable } from "./release.ts";
import { ServedLayers } from "./served-layers.ts";

/** Holds what a pass over a batch gave: tensors of the run that it belongs to. */
export interface DenseStep {
  readonly meanLoss: number;
  /** Of the layers, in the order of their parameters. */
  readonly gradients: readonly Tensor[];
  /** Of the features' vectors. @shape f32[size × features × cols] */
  readonly pooled: Tensor;
}

/** Fixes the training of layers. */
export interface DenseOptions {
  readonly maxBatch: number;
  /** Parameters that are updated with the layers, and stand behind them wherever gradients are listed. */
  readonly besides?: readonly Parameter[];
}

/**
 * Trains the layers of a model on a backend, where their weights stay from step to step.
 *
 * Methods that take or give tensors belong inside one run of the runtime.
 */
export class DenseTraining {
  readonly #spec: ModelSpec;
  readonly #runtime: Runtime;
  readonly #model: DenseModel;
  readonly #parameters: Parameters;
  readonly #bottom: ServedLayers;
  readonly #top: ServedLayers;
  readonly #dropout: DropoutFactors;
  readonly #numbers: Float32Array;

  constructor(
    spec: ModelSpec,
    state: ModelState,
    runtime: Runtime,
    { besides = [], maxBatch }: DenseOptions,
  ) {
    this.#spec = spec;
    this.#runtime = runtime;
    this.#model = new DenseModel(spec, runtime);
    this.#parameters = new Parameters(runtime, spec.optimizer, [...layerParameters(spec, state), ...besides]);
    this.#bottom = new ServedLayers(runtime, spec.linearQuantization);
    this.#top = new ServedLayers(runtime, spec.linearQuantization);
    this.#dropout = createDropoutFactors(spec, runtime, maxBatch);
    this.#numbers = new Float32Array(maxBatch);
  }

  /** Gives the parameters besides the layers; valid until the next update. */
  get besides(): readonly Tensor[] {
    return this.#parameters.tensors.slice(2 * (this.#spec.bottom.length + this.#spec.top.length));
  }

  /** Runs a batch forward and back. @throws NON_FINITE when a logit is NaN or infinite */
  forwardBackward(batch: Batch, pooled: Tensor, step: number): DenseStep {
    const { labels, size } = batch;
    const layers = this.#served();
    const pass = this.#forward(layers, batch, pooled, this.#dropout(batch, step));
    const wanted = this.#runtime.send(labels.subarray(0, size), [size]);
    const { gradient, losses } = loss(this.#spec.loss, pass.logits, wanted, size);
    this.#receiveMarked(losses, pass.logits, this.#numbers);
    const found = this.#model.backward(layers, pass, gradient);
    return { meanLoss: mean(this.#numbers, size), gradients: tensorsOf(found), pooled: found.pooled };
  }

  /** Writes probabilities. @throws NON_FINITE when a logit is NaN or infinite */
  infer(batch: Batch, pooled: Tensor, dst: Float32Array): void {
    const { logits } = this.#forward(this.#served(), batch, pooled, []);
    this.#receiveMarked(predictions(this.#spec.loss, logits), logits, dst);
  }

  /** Gives gradients of layers with that of the L2 penalty, where the model has one: of weights alone, not of biases. */
  decayed(gradients: readonly Tensor[]): readonly Tensor[] {
    const factor = this.#spec.regularization?.l2 ?? 0;
    if (factor === 0) return gradients;
    const { tensors } = this.#parameters;
    return gradients.map((g, k) => (k % 2 === 0 ? add(g, mul(tensors[k], factor)) : g));
  }

  /** Tells whether all gradients are finite; one number comes back. */
  areFinite(gradients: readonly Tensor[]): boolean {
    return areFinite(gradients, this.#runtime);
  }

  /** Steps every layer against its gradient. */
  update(gradients: readonly Tensor[], learningRate: number): void {
    this.#parameters.update(gradients, learningRate);
    this.#invalidate();
  }

  /** Copies gradients to arrays. */
  receive(gradients: readonly Tensor[], arrays: LayerArrays): void {
    arraysOf(arrays).forEach((array, k) => {
      this.#runtime.receive(gradients[k], array, 0);
    });
  }

  /** Copies gradients from arrays. */
  send(arrays: LayerArrays): readonly Tensor[] {
    const { tensors } = this.#parameters;
    return arraysOf(arrays).map((array, k) => this.#runtime.send(array, tensors[k].shape));
  }

  /** Makes the caller's arrays current. */
  download(): void {
    this.#parameters.download();
  }

  /** Reads the caller's arrays anew. */
  upload(): void {
    this.#parameters.upload();
    this.#invalidate();
  }

  /** Lists what outlives a call. */
  get held(): readonly Disposable[] {
    return [this.#model, this.#parameters, this.#bottom, this.#top];
  }

  #invalidate(): void {
    this.#bottom.dispose();
    this.#top.dispose();
  }

  #served(): DenseLayers {
    const { bottom, top } = layersOf(this.#spec, this.#parameters.tensors);
    return { bottom: this.#bottom.of(bottom), top: this.#top.of(top) };
  }

  #forward(
    layers: DenseLayers,
    { dense, size }: Batch,
    pooled: Tensor,
    factors: readonly (Tensor | undefined)[],
  ): DensePass {
    const { denseFeatures } = this.#spec;
    const given = this.#runtime.send(dense.subarray(0, size * denseFeatures), [size, denseFeatures]);
    return this.#model.forward(layers, { dense: given, pooled, factors });
  }

  #receiveMarked(values: Tensor, logits: Tensor, to: Float32Array): void {
    this.#runtime.receive(markFinite(values, logits), to, 0);
    checkLogits(to, logits, this.#runtime);
  }
}

function mean(values: Float32Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  return sum / count;
}

import type { Tensor } from "@tensorflow/tfjs-core";
import {
  allocateGradients,
  createSparseTraining,
  GRADIENT_GROUPS,
  type Batch,
  type GradientListener,
  type ModelGradients,
  type ModelSpec,
  type ModelState,
  type OpFn,
  type PlanOptions,
  type SparseTraining,
  type TrainingPlan,
} from "@dqrm/core";
import {
  checkBatch,
  checkGradients,
  checkGradientsReady,
  checkLength,
  checkModelState,
} from "@dqrm/core/checks";
import type { Runtime } from "../runtime/runtime.ts";

import { checkRate, checkTrainingBatch, checkTrainingSpec } from "./check-training.ts";
import { DenseTraining, type DenseStep } from "./dense-training.ts";
import type { PlanContext } from "./plans.ts";
import { releaseWith } from "./release.ts";
import { servesModel } from "./served-models.ts";
import { createSparseVectors, type SparseVectors } from "./sparse-vectors.ts";

/**
 * Compiles a model whose layers train on a backend of TensorFlow.js and whose tables train here, in the caller's arrays.
 *
 * Of a step, the dense features, labels and pooled vectors go to the backend; the losses and the gradient of the pooled
 * vectors come back. Declines what {@link SERVED_MODELS} does not name.
 */
export function createTfjsTraining(
  context: PlanContext,
  spec: ModelSpec,
  state: ModelState,
  options: PlanOptions,
): TrainingPlan | undefined {
  if (!servesModel(spec, options)) return undefined;
  checkModelState(spec, state);
  checkTrainingSpec(spec);
  return new TfjsTraining(context, spec, state, options.maxBatch);
}

class TfjsTraining implements TrainingPlan {
  readonly backend: string;
  readonly gradients: ModelGradients;
  readonly #spec: ModelSpec;
  readonly #state: ModelState;
  readonly #maxBatch: number;
  readonly #runtime: Runtime;
  readonly #sparse: SparseTraining;
  readonly #vectors: SparseVectors;
  readonly #dense: DenseTraining;
  readonly #absmax: OpFn<"absmax">;
  /** The backend's layers are newer than the caller's arrays. */
  #ahead = false;
  #gradientsReady = false;
  #decayed = false;

  constructor({ name, runtime, tables }: PlanContext, spec: ModelSpec, state: ModelState, maxBatch: number) {
    this.backend = name;
    this.gradients = allocateGradients(spec, state);
    this.#spec = spec;
    this.#state = state;
    this.#maxBatch = maxBatch;
    this.#runtime = runtime;
    this.#sparse = createSparseTraining(spec, state, tables, { maxBatch, leadingVectors: 0 });
    this.#vectors = createSparseVectors(spec, this.#sparse, runtime, maxBatch);
    this.#absmax = tables.prepare("absmax", {});
    this.#dense = new DenseTraining(spec, state, runtime, { maxBatch });
    this.#sparse.reload();
    releaseWith(this, this.#dense.held);
  }

  step(batch: Batch, learningRate: number): number {
    this.#gradientsReady = false;
    checkRate("step", learningRate);
    return this.#runtime.run(() => {
      const { gradients, meanLoss } = this.#pass(batch);
      this.#decayOnce();
      this.#apply(gradients, learningRate);
      return meanLoss;
    });
  }

  forwardBackward(batch: Batch, ready?: GradientListener): number {
    this.#gradientsReady = false;
    const loss = this.#runtime.run(() => {
      const { gradients, meanLoss } = this.#pass(batch);
      this.#dense.receive(gradients, this.gradients);
      return meanLoss;
    });
    ready?.(GRADIENT_GROUPS);
    this.#gradientsReady = true;
    return loss;
  }

  apply(learningRate: number): void {
    checkGradientsReady(this.#gradientsReady);
    checkRate("apply", learningRate);
    this.#decayOnce();
    this.#runtime.run(() => {
      this.#apply(this.#dense.send(this.gradients), learningRate);
    });
    this.#gradientsReady = false;
  }

  infer(batch: Batch, dst: Float32Array): void {
    checkBatch("infer", this.#spec, batch, this.#maxBatch);
    checkLength("infer", "dst", dst.length, batch.size);
    this.#gradientsReady = false;
    this.#sparse.beforeInference();
    this.#runtime.run(() => {
      this.#dense.infer(batch, this.#vectors.forward(batch), dst);
    });
  }

  sync(): void {
    if (this.#ahead) this.#dense.download();
    this.#ahead = false;
  }

  reload(): void {
    this.#sparse.reload();
    this.#dense.upload();
    this.#ahead = false;
    this.#gradientsReady = false;
  }

  #pass(batch: Batch): DenseStep {
    checkTrainingBatch(this.#spec, batch, this.#maxBatch);
    this.#sparse.beforeStep(this.#state.step);
    const pooled = this.#vectors.forward(batch);
    const found = this.#dense.forwardBackward(batch, pooled, this.#state.step);
    this.#vectors.backward(batch, found.pooled, this.gradients);
    this.#decayed = false;
    return found;
  }

  /** An apply that was refused may be tried again; the gradients of layers are decayed where they are. */
  #decayOnce(): void {
    if (!this.#decayed) this.#sparse.decay(this.gradients);
    this.#decayed = true;
  }

  /** Checks every gradient before the first parameter changes. */
  #apply(gradients: readonly Tensor[], learningRate: number): void {
    const decayed = this.#dense.decayed(gradients);
    checkGradients({ ...this.gradients, bottom: [], top: [] }, this.#absmax);
    if (!this.#dense.areFinite(decayed)) {
      this.#dense.receive(decayed, this.gradients);
      checkGradients(this.gradients, this.#absmax);
    }
    // First what a backend may fail to do for want of memory.
    this.#dense.update(decayed, learningRate);
    this.#ahead = true;
    this.#sparse.apply(this.gradients, learningRate, this.#state.step);
    this.#state.step++;
  }
}

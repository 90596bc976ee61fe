import type { Tensor } from "@tensorflow/tfjs-core";
import {
  allocateGradients,
  createSparseTraining,
  DqrmError,
  GRADIENT_GROUPS,
  scanRange,
  vectorCols,
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
import { servesVariables, TableVariables } from "./table-variables.ts";

/**
 * Compiles a model whose tables are dense variables beside its layers; for comparison.
 *
 * @throws LIMIT when the tables have more weights than MAX_VARIABLE_WEIGHTS
 * @cost a step costs every weight of every table
 */
export function createVariablesTraining(
  context: PlanContext,
  spec: ModelSpec,
  state: ModelState,
  options: PlanOptions,
): TrainingPlan | undefined {
  if (!servesModel(spec, options) || !servesVariables(spec)) return undefined;
  checkModelState(spec, state);
  checkTrainingSpec(spec);
  return new VariablesTraining(context, spec, state, options.maxBatch);
}

class VariablesTraining implements TrainingPlan {
  readonly backend: string;
  readonly gradients: ModelGradients;
  readonly #spec: ModelSpec;
  readonly #state: ModelState;
  readonly #maxBatch: number;
  readonly #runtime: Runtime;
  readonly #variables: TableVariables;
  readonly #dense: DenseTraining;
  /** Gives the gradients of rows that a caller of forwardBackward sees; its tables are never looked at. */
  readonly #sparse: SparseTraining;
  readonly #vectors: Float32Array;
  readonly #absmax: OpFn<"absmax">;
  #ahead = false;
  #gradientsReady = false;

  constructor({ name, runtime, tables }: PlanContext, spec: ModelSpec, state: ModelState, maxBatch: number) {
    this.backend = name;
    this.gradients = allocateGradients(spec, state);
    this.#spec = spec;
    this.#state = state;
    this.#maxBatch = maxBatch;
    this.#runtime = runtime;
    this.#variables = new TableVariables(spec, state, runtime);
    const besides = this.#variables.parameters;
    this.#dense = new DenseTraining(spec, state, runtime, { maxBatch, besides });
    this.#sparse = createSparseTraining(spec, state, tables, { maxBatch, leadingVectors: 0 });
    this.#vectors = new Float32Array(maxBatch * spec.features.length * vectorCols(spec));
    this.#absmax = tables.prepare("absmax", {});
    this.#sparse.reload();
    releaseWith(this, this.#dense.held);
  }

  step(batch: Batch, learningRate: number): number {
    this.#gradientsReady = false;
    checkRate("step", learningRate);
    return this.#runtime.run(() => {
      const { gradients, meanLoss, tables } = this.#pass(batch);
      this.#apply([...gradients, ...tables()], learningRate);
      return meanLoss;
    });
  }

  forwardBackward(batch: Batch, ready?: GradientListener): number {
    this.#gradientsReady = false;
    const loss = this.#runtime.run(() => {
      const { gradients, meanLoss, pooled } = this.#pass(batch);
      this.#dense.receive(gradients, this.gradients);
      this.#sparse.forward(batch, this.#vectors);
      if (this.#vectors.length > 0) this.#runtime.receive(pooled, this.#vectors, 0);
      this.#sparse.backward(batch, this.#vectors, this.gradients);
      return meanLoss;
    });
    ready?.(GRADIENT_GROUPS);
    this.#gradientsReady = true;
    return loss;
  }

  apply(learningRate: number): void {
    checkGradientsReady(this.#gradientsReady);
    checkRate("apply", learningRate);
    checkGradients(this.gradients, this.#absmax);
    this.#runtime.run(() => {
      const tables = this.#variables.spread(this.gradients.tables);
      this.#apply([...this.#dense.send(this.gradients), ...tables], learningRate);
    });
    this.#gradientsReady = false;
  }

  infer(batch: Batch, dst: Float32Array): void {
    checkBatch("infer", this.#spec, batch, this.#maxBatch);
    checkLength("infer", "dst", dst.length, batch.size);
    this.#gradientsReady = false;
    this.#runtime.run(() => {
      const bags = this.#variables.send(batch);
      this.#dense.infer(batch, this.#variables.forward(bags, this.#dense.besides, batch.size), dst);
    });
  }

  sync(): void {
    if (!this.#ahead) return;
    this.#dense.download();
    this.#spec.tables.forEach(({ cols, rows }, t) => {
      scanRange(this.#state.tables[t].weights, rows, cols, this.#state.tables[t].range);
    });
    this.#ahead = false;
  }

  reload(): void {
    this.#sparse.reload();
    this.#dense.upload();
    this.#ahead = false;
    this.#gradientsReady = false;
  }

  #pass(batch: Batch): DenseStep & { readonly tables: () => readonly Tensor[] } {
    checkTrainingBatch(this.#spec, batch, this.#maxBatch);
    const bags = this.#variables.send(batch);
    const pooled = this.#variables.forward(bags, this.#dense.besides, batch.size);
    const found = this.#dense.forwardBackward(batch, pooled, this.#state.step);
    return { ...found, tables: () => this.#variables.backward(bags, found.pooled) };
  }

  #apply(gradients: readonly Tensor[], learningRate: number): void {
    if (!this.#dense.areFinite(gradients)) {
      const actual = "NaN or infinite";
      throw new DqrmError("NON_FINITE", { what: "a gradient of the step", position: 0, actual });
    }
    this.#dense.update(gradients, learningRate);
    this.#ahead = true;
    this.#state.step++;
  }
}

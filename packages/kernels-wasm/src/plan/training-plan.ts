import {
  compileTraining,
  createKernels,
  createTableScales,
  isPlainModel,
  reference,
  type Batch,
  type GradientListener,
  type KernelBackend,
  type ModelGradients,
  type ModelSpec,
  type ModelState,
  type PlanOptions,
  type TableScales,
  type TrainingPlan,
} from "@dqrm/core";
import {
  checkBatch,
  checkGradientsReady,
  checkLabels,
  checkLearningRate,
  checkLength,
  checkModelState,
  checkOptimizer,
  isNormalFloat,
} from "@dqrm/core/checks";
import type { Runtime } from "../runtime/runtime.ts";
import type { TrainingExports } from "../training.generated.ts";
import { createBatchMemory, failBags, type BatchMemory } from "./batch-memory.ts";
import { createLayerParameters, type LayerParameters } from "./layer-parameters.ts";
import { createModelMemory, type ModelMemory } from "./model-memory.ts";
import { PLAN, writeRecord } from "./records.ts";
import { tableFeatures, type TableFeature } from "./served-models.ts";
import { createTableParameters, type TableParameters } from "./table-parameters.ts";

/** What a job answers; see assembly/plan/report.ts. */
const [DONE, BAD_BAGS] = [0, 1];

/** Samples of which a panel's update holds the gradients; see assembly/plan/layer-update.ts. */
const BLOCK_SAMPLES = 128;

/** Gives a plan what it is compiled from. */
export interface TrainingModel {
  readonly spec: ModelSpec;
  readonly state: ModelState;
  readonly options: PlanOptions;
  /** Kernels of single ops, for the split step and for what the fused step does not decide. */
  readonly ops: KernelBackend;
}

/**
 * Compiles a model for training in fused steps, or answers undefined when it has parts that they do not know.
 *
 * @throws LIMIT when the memory has no room; VALUE for a loss or an optimizer that the reference refuses
 */
export function compileFusedTraining(
  runtime: Runtime<TrainingExports>,
  model: TrainingModel,
): TrainingPlan | undefined {
  const { options, spec } = model;
  if (!isPlainModel(spec)) return undefined;
  const features = tableFeatures(spec);
  if (features === undefined || (options.products ?? "float32") !== "float32") return undefined;
  checkModelState(spec, model.state);
  checkOptimizer("compileTraining", spec.optimizer);
  reference.ops.loss?.(spec.loss);
  return new FusedTrainingPlan(runtime, model, features);
}

/**
 * Trains by jobs of the module: one for each step.
 *
 * Parameters live in two places, in the plan's panels and copies and in the caller's state; whoever works brings its
 * side up to date first. The split step and what a job leaves undecided are the composed executor's.
 */
class FusedTrainingPlan implements TrainingPlan {
  readonly backend: string;
  readonly #runtime: Runtime<TrainingExports>;
  readonly #model: TrainingModel;
  readonly #memory: ModelMemory;
  readonly #batches: BatchMemory;
  readonly #layers: LayerParameters;
  readonly #tables: TableParameters;
  readonly #rows: readonly number[];
  readonly #scales: TableScales;
  #composed: TrainingPlan | undefined;
  /** The caller's state is newer than the plan's, since the composed executor stepped. */
  #behind = false;
  /** The plan's parameters are newer than the caller's state. */
  #ahead = false;
  #rangesAhead = false;
  /** The composed executor has not seen what the fused steps changed. */
  #composedStale = false;
  #gradientsReady = false;

  constructor(runtime: Runtime<TrainingExports>, model: TrainingModel, features: readonly TableFeature[]) {
    const { ops, options, spec, state } = model;
    this.backend = ops.name;
    this.#runtime = runtime;
    this.#model = model;
    this.#memory = createModelMemory(runtime, this, spec, { maxBatch: options.maxBatch, training: true });
    this.#batches = createBatchMemory(runtime, this.#memory, spec.denseFeatures);
    const layers = [...state.bottom, ...state.top];
    this.#layers = createLayerParameters(runtime, this.#memory, layers, spec.linearQuantization);
    this.#tables = createTableParameters(runtime, this.#memory, model, features);
    this.#rows = features.map(({ table }) => spec.tables[table].rows);
    this.#scales = createTableScales(spec, state, createKernels([this.#tables.ranges]));
    this.reload();
  }

  get gradients(): ModelGradients {
    return this.#composedPlan().gradients;
  }

  step(batch: Batch, learningRate: number): number {
    const { options, spec, state } = this.#model;
    this.#gradientsReady = false;
    checkBatch("step", spec, batch, options.maxBatch);
    checkLabels("step", batch);
    checkLearningRate("step", learningRate);
    this.#catchUp();
    this.#scales.beforeStep(state.step);
    this.#tables.giveScales();
    this.#rangesAhead = true;
    const { labels, losses, plan, view } = this.#memory;
    const terms = this.#batches.take(batch);
    if (!isNormalFloat(learningRate)) return this.#stepComposed(batch, learningRate);
    for (let i = 0; i < batch.size; i++) {
      labels[i] = batch.labels[i];
      if (!(labels[i] >= 0 && labels[i] <= 1)) return this.#stepComposed(batch, learningRate);
    }
    this.#memory.reserveScratch(this.#scratchBytes());
    writeRecord(view, PLAN, plan, { learningRate, terms });
    this.#memory.run(batch.size, true);
    const status = this.#runtime.exports.jobStatus(plan);
    if (status === BAD_BAGS) failBags("step", batch.bags, this.#rows, batch.size);
    if (status !== DONE) return this.#stepComposed(batch, learningRate);
    state.step++;
    this.#ahead = true;
    this.#composedStale = true;
    this.#scales.invalidate();
    return mean(losses, batch.size);
  }

  forwardBackward(batch: Batch, ready?: GradientListener): number {
    this.#gradientsReady = false;
    const loss = this.#currentComposed().forwardBackward(batch, ready);
    this.#behind = true;
    this.#gradientsReady = true;
    return loss;
  }

  apply(learningRate: number): void {
    checkGradientsReady(this.#gradientsReady);
    this.#currentComposed().apply(learningRate);
    this.#gradientsReady = false;
    this.#behind = true;
    this.#scales.invalidate();
  }

  infer(batch: Batch, dst: Float32Array): void {
    const { options, spec } = this.#model;
    checkBatch("infer", spec, batch, options.maxBatch);
    checkLength("infer", "predictions", dst.length, batch.size);
    this.#gradientsReady = false;
    this.#catchUp();
    this.#scales.beforeInference();
    this.#tables.giveScales();
    this.#rangesAhead = true;
    this.#batches.take(batch);
    this.#memory.reserveScratch(this.#scratchBytes());
    this.#memory.run(batch.size, false);
    const status = this.#runtime.exports.jobStatus(this.#memory.plan);
    if (status === BAD_BAGS) failBags("infer", batch.bags, this.#rows, batch.size);
    if (status !== DONE) this.#currentComposed().infer(batch, dst);
    else dst.set(this.#memory.predictions.subarray(0, batch.size));
  }

  sync(): void {
    if (this.#ahead) {
      this.#layers.store();
      this.#tables.store();
    }
    if (this.#rangesAhead) this.#tables.storeRanges();
    this.#ahead = false;
    this.#rangesAhead = false;
  }

  reload(): void {
    this.#layers.load();
    this.#tables.load();
    this.#tables.scanRanges();
    this.#scales.invalidate();
    this.#behind = false;
    this.#ahead = false;
    this.#rangesAhead = true;
    this.#composedStale = true;
    this.#gradientsReady = false;
  }

  stageSeconds(): Readonly<Record<string, number>> {
    return this.#memory.stageSeconds();
  }

  /** Reads what the composed executor changed. */
  #catchUp(): void {
    if (!this.#behind) return;
    this.#layers.load();
    this.#tables.load();
    this.#tables.loadRanges();
    this.#behind = false;
    this.#rangesAhead = false;
  }

  #stepComposed(batch: Batch, learningRate: number): number {
    const loss = this.#currentComposed().step(batch, learningRate);
    this.#behind = true;
    this.#scales.invalidate();
    return loss;
  }

  /** Gives the composed executor after it has seen all that fused steps changed. */
  #currentComposed(): TrainingPlan {
    this.sync();
    const composed = this.#composedPlan();
    if (this.#composedStale) composed.reload();
    this.#composedStale = false;
    return composed;
  }

  #composedPlan(): TrainingPlan {
    if (this.#composed !== undefined) return this.#composed;
    const { ops, options, spec, state } = this.#model;
    this.sync();
    this.#composed = compileTraining(spec, state, createKernels([{ ...ops, plans: {} }, reference]), options);
    this.#composedStale = false;
    return this.#composed;
  }

  /** Counts what the update of a panel takes, or that of the largest table's rows: a row, and nine words for each position. */
  #scratchBytes(): number {
    const { layers } = this.#memory;
    const panel = Math.max(...layers.map(({ panelRows }) => 32 * (panelRows + 1 + BLOCK_SAMPLES)));
    const widest = Math.max(...layers.map(({ outputCols }) => outputCols));
    return Math.max(panel, 4 * widest + 36 * this.#batches.positions + 64);
  }
}

function mean(values: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  return sum / count;
}

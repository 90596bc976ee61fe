import {
  compileTraining,
  createKernels,
  isPlainModel,
  reference,
  type Batch,
  type GradientListener,
  type KernelBackend,
  type ModelGradients,
  type ModelSpec,
  type ModelState,
  type PlanOptions,
  type TrainingPlan,
} from "@dqrm/core";
import {
  checkBatch,
  checkGradientsReady,
  checkLabels,
  checkLearningRate,
  checkLength,
  checkModelState,
  isNormalFloat,
} from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import { addBackward } from "./backward-passes.ts";
import { addForward, type Forward, type PassContext, type PlanBatch } from "./forward-passes.ts";
import { addLayers } from "./layer-passes.ts";
import { addScale } from "./lookup-passes.ts";
import { modelShape, type ModelShape } from "./model-shape.ts";
import { planBatch } from "./plan-batch.ts";
import { createProgramBuilder } from "./program-builder.ts";
import { createTrainingModel, type TrainingModel } from "./training-model.ts";
import { addGradientChecks, addUpdates } from "./update-passes.ts";

/** Gives a plan what it is compiled from. */
export interface TrainingParts {
  readonly spec: ModelSpec;
  readonly state: ModelState;
  readonly options: PlanOptions;
  /** Kernels of single ops, for the split step and for what a step on the device refuses. */
  readonly ops: KernelBackend;
}

/**
 * Compiles a model whose parameters stay on the device and which steps in one submission, or answers undefined when it has
 * parts that the shaders do not know.
 *
 * @throws LIMIT when the device or the budget has no room; VALUE for a loss that the reference refuses
 */
export function compileDeviceTraining(host: Host, parts: TrainingParts): TrainingPlan | undefined {
  const { options, spec, state } = parts;
  const shape = modelShape(spec);
  if (shape === undefined || !isPlainModel(spec) || spec.optimizer.kind !== "sgd") return undefined;
  if ((options.products ?? "float32") !== "float32") return undefined;
  checkModelState(spec, state);
  reference.ops.loss?.(spec.loss);
  const model = createTrainingModel(host, spec, state);
  const plan = new DeviceTrainingPlan(host, parts, shape, model);
  host.disposeWith(plan, model.residents);
  return plan;
}

/** Holds a program that has gone forward. */
interface Begun {
  readonly context: PassContext;
  readonly forward: Forward;
  /** A flag that is raised where a number is not finite. */
  readonly refusal: number;
}

/**
 * Trains by programs of the device: one for each step.
 *
 * Parameters live in two places, on the device and in the caller's state; whoever works brings its side up to date first.
 * The split step and whatever a step refuses are the composed executor's, which says what is wrong in the reference's words.
 */
class DeviceTrainingPlan implements TrainingPlan {
  readonly backend = "webgpu";
  readonly #host: Host;
  readonly #parts: TrainingParts;
  readonly #shape: ModelShape;
  readonly #model: TrainingModel;
  #composed: TrainingPlan | undefined;
  /** The caller's state is newer than the device's, since the composed executor stepped. */
  #behind = false;
  /** The device's parameters are newer than the caller's state. */
  #ahead = false;
  /** The composed executor has not seen what the device changed. */
  #composedStale = false;
  #gradientsReady = false;

  constructor(host: Host, parts: TrainingParts, shape: ModelShape, model: TrainingModel) {
    this.#host = host;
    this.#parts = parts;
    this.#shape = shape;
    this.#model = model;
    this.reload();
  }

  get gradients(): ModelGradients {
    return this.#composedPlan().gradients;
  }

  step(batch: Batch, learningRate: number): number {
    const { options, spec, state } = this.#parts;
    const { size } = batch;
    this.#gradientsReady = false;
    checkBatch("step", spec, batch, options.maxBatch);
    checkLabels("step", batch);
    checkLearningRate("step", learningRate);
    const cut = planBatch(spec, this.#shape.features, batch, true);
    const known = cut.labels.every((label) => label >= 0 && label <= 1);
    if (!known || !isNormalFloat(learningRate)) return this.#stepComposed(batch, learningRate);
    this.#catchUp();
    const { context, forward, refusal } = this.#begin(cut, state.step);
    const { model, program } = context;
    const backward = addBackward(context, forward);
    addGradientChecks(program, this.#shape, backward, refusal);
    addUpdates(program, this.#shape, model, { backward, learningRate, refusal });
    const refused = new Uint32Array(1);
    const losses = new Float32Array(size);
    program.read(refusal, 4);
    program.read(forward.losses, losses.byteLength);
    this.#ahead = true;
    this.#composedStale = true;
    this.#host.run(program.build(), [refused, losses]);
    if (refused[0] !== 0) return this.#stepComposed(batch, learningRate);
    state.step++;
    return losses.reduce((sum, loss) => sum + loss, 0) / size;
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
  }

  infer(batch: Batch, dst: Float32Array): void {
    const { options, spec } = this.#parts;
    const { size } = batch;
    checkBatch("infer", spec, batch, options.maxBatch);
    checkLength("infer", "predictions", dst.length, size);
    this.#gradientsReady = false;
    const cut = planBatch(spec, this.#shape.features, batch, false);
    this.#catchUp();
    const { context, forward, refusal } = this.#begin(cut, undefined);
    const { program } = context;
    const refused = new Uint32Array(1);
    const predictions = new Float32Array(size);
    program.read(refusal, 4);
    program.read(forward.predictions, predictions.byteLength);
    // The scales that a table is served with are parameters too.
    this.#ahead = true;
    this.#composedStale = true;
    this.#host.run(program.build(), [refused, predictions]);
    if (refused[0] !== 0) this.#currentComposed().infer(batch, dst);
    else dst.set(predictions);
  }

  sync(): void {
    if (this.#ahead) this.#model.store();
    this.#ahead = false;
  }

  reload(): void {
    this.#model.load();
    this.#behind = false;
    this.#ahead = false;
    this.#composedStale = true;
    this.#gradientsReady = false;
  }

  /** Begins a program that refreshes what is due, before the step with the given number or to serve, and goes forward. */
  #begin(batch: PlanBatch, step: number | undefined): Begun {
    const program = createProgramBuilder();
    const refusal = program.data(new Uint32Array(1));
    const model = this.#model.resident;
    this.#model.scalesDue(step).forEach((due, t) => {
      if (due) addScale(program, model.tables[t], refusal);
    });
    const layers = addLayers(program, this.#shape, model, refusal);
    const context: PassContext = { program, shape: this.#shape, model, layers, batch };
    const forward = addForward(context);
    program.pass("find-non-finite", [batch.size], [forward.logits, refusal], batch.size);
    return { context, forward, refusal };
  }

  /** Reads what the composed executor changed. */
  #catchUp(): void {
    if (this.#behind) this.#model.load();
    this.#behind = false;
  }

  #stepComposed(batch: Batch, learningRate: number): number {
    const loss = this.#currentComposed().step(batch, learningRate);
    this.#behind = true;
    return loss;
  }

  /** Gives the composed executor after it has seen all that the device changed. */
  #currentComposed(): TrainingPlan {
    this.sync();
    const composed = this.#composedPlan();
    if (this.#composedStale) composed.reload();
    this.#composedStale = false;
    return composed;
  }

  #composedPlan(): TrainingPlan {
    if (this.#composed !== undefined) return this.#composed;
    const { ops, options, spec, state } = this.#parts;
    this.sync();
    this.#composed = compileTraining(spec, state, createKernels([{ ...ops, plans: {} }, reference]), options);
    this.#composedStale = false;
    return this.#composed;
  }
}

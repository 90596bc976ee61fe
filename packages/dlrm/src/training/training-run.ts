import {
  compileTraining,
  DqrmError,
  isDqrmError,
  tableLengths,
  type Arena,
  type Batch,
  type InferencePlan,
  type Kernels,
  type ModelSpec,
  type ModelState,
  type TrainingPlan,
} from "@dqrm/core";
import { batchCount, createBatchBuffer, type BatchBuffer, type EncodedDataset } from "@dqrm/data";
import type { Metrics } from "../metrics/evaluate-predictions.ts";
import { initModelState } from "../model/init-model-state.ts";
import { epochSpec } from "./begin-epoch.ts";
import type { TrainingGroup } from "./training-group.ts";
import { evaluateModelPausing } from "./evaluate-model.ts";
import { createProgressMeter, type ProgressMeter } from "./progress-meter.ts";
import { compatibleKernels } from "./saturating-loss.ts";
import { initialTrainerState, type EpochRecord, type TrainerState } from "./trainer-state.ts";
import type { TrainingCheckpoint, TrainingOptions } from "./training-options.ts";

/** Small models share a segment of this many bytes; a table longer than it gets a segment of its own. */
const ARENA_SEGMENT_BYTES = 1 << 24;

/** A trainer's state while it changes. */
export type Position = { -readonly [K in keyof Omit<TrainerState, "history">]: TrainerState[K] } & {
  history: EpochRecord[];
};

/** Holds the parts of a run that the trainer works with. */
export interface TrainingRun {
  readonly options: TrainingOptions;
  /** The model as the current phase of the schedule trains it. */
  spec: ModelSpec;
  readonly state: ModelState;
  plan: TrainingPlan;
  /** Largest batch that a plan is compiled for. */
  readonly maxBatch: number;
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly buffer: BatchBuffer;
  readonly batches: number;
  readonly meter: ProgressMeter;
  readonly position: Position;
  /** Steps together with other workers; undefined for a run of its own. */
  group: TrainingGroup | undefined;
  /** Messages of own shards in this call. */
  readonly sent: { messages: number; bytes: number };
  best: ModelState | undefined;
}

/**
 * Prepares a run: the model, its plan, and the position to go on from.
 *
 * @throws VALUE when there is nothing to train on; STATE when the checkpoint is of another run or incomplete
 */
export function prepareRun(options: TrainingOptions): TrainingRun {
  const { config, parts, resume, seed } = options;
  const { batchSize, evaluationBatchSize } = config.training;
  const { train } = parts;
  if (train.samples === 0) {
    const expected = "at least one training sample";
    throw new DqrmError("VALUE", { op: "trainModel", what: "parts.train", expected, actual: "no sample" });
  }
  if (resume !== undefined) checkResume(resume, options);
  const arena = options.arena ?? options.kernels.createArena(ARENA_SEGMENT_BYTES);
  const trainer = resume?.trainer ?? initialTrainerState(seed);
  const spec = epochSpec(options, trainer.epoch);
  const { compatibility, model } = config;
  const init = { seed, arena, embeddingInit: model.embeddingInit, compatibility };
  const state = resume?.state ?? initModelState(spec, init);
  if (resume !== undefined) checkStateFits(spec, resume.state);
  const kernels = compatibleKernels(compatibility, options.kernels);
  const maxBatch = Math.max(batchSize, evaluationBatchSize);
  return {
    options,
    spec,
    state,
    kernels,
    arena,
    maxBatch,
    plan: compileTraining(spec, state, kernels, { maxBatch }),
    buffer: createBatchBuffer(train, Math.min(batchSize, train.samples)),
    batches: batchCount(train.samples, batchSize),
    meter: createProgressMeter(options.clock),
    position: { ...trainer, history: [...trainer.history] },
    group: undefined,
    sent: { messages: 0, bytes: 0 },
    best: resume?.best,
  };
}

function checkResume({ best, trainer }: TrainingCheckpoint, { config, parts, seed }: TrainingOptions): void {
  const refuse = (expected: string, actual: string): never => {
    throw new DqrmError("STATE", { op: "resume", expected, actual });
  };
  if (trainer.seed !== seed) refuse(`the seed ${trainer.seed} of the checkpoint`, `seed ${seed}`);
  if (trainer.best !== null && best === undefined) {
    refuse("the weights of the best evaluation in the checkpoint", "they are missing");
  }
  const { batchSize } = config.training;
  const trained = Math.min(trainer.batch * batchSize, parts.train.samples);
  if (trained !== trainer.lossSamples) {
    const expected = `a batch size and training samples that give the ${trainer.lossSamples} samples of the checkpoint`;
    refuse(expected, `${trainer.batch} batches of ${batchSize} give ${trained}`);
  }
}

function checkStateFits(spec: ModelSpec, state: ModelState): void {
  const check = (what: string, expected: number, actual: number | undefined): void => {
    if (actual === expected) return;
    throw new DqrmError("SHAPE", { op: "resume", what, expected, actual: actual ?? 0 });
  };
  spec.tables.forEach((table, t) => {
    const { codes, optimizer, weights } = tableLengths(table, spec.optimizer);
    check(`weights of table ${table.name}`, weights, state.tables.at(t)?.weights.length);
    check(`codes of table ${table.name}`, codes, state.tables.at(t)?.codes.length);
    check(`optimizer numbers of table ${table.name}`, optimizer, state.tables.at(t)?.optimizer.length);
  });
  for (const stack of ["bottom", "top"] as const) {
    spec[stack].forEach(({ inputs, outputs }, k) => {
      check(`weight of ${stack} layer ${k}`, inputs * outputs, state[stack].at(k)?.weight.length);
    });
  }
}

/** Gives a copy of the run's position and its states, to be saved. */
export function checkpointOf({ best, position, state }: TrainingRun): TrainingCheckpoint {
  return { trainer: trainerStateOf(position), state, best };
}

/** Gives an immutable copy of a position. */
export function trainerStateOf(position: Position): TrainerState {
  return { ...position, history: [...position.history] };
}

/**
 * Trains one batch, alone or with the group; tells whether a worker of the group asked to stop.
 *
 * @throws NON_FINITE naming step, epoch and batch when the loss or a gradient is NaN or infinite
 */
export async function trainBatch(run: TrainingRun, batch: Batch, learningRate: number): Promise<boolean> {
  const { group, options, plan, state } = run;
  if (group === undefined) {
    countBatch(
      run,
      batch.size,
      locate(run, learningRate, () => plan.step(batch, learningRate)),
    );
    return false;
  }
  const stop = options.signal?.aborted === true;
  const report = await group.step(batch, { learningRate, step: state.step, stop }).catch((cause: unknown) =>
    locate(run, learningRate, () => {
      throw cause;
    }),
  );
  run.meter.exchanged(report);
  run.sent.messages += report.messages;
  run.sent.bytes += report.sentBytes;
  countBatch(run, batch.size, report.loss);
  return report.stop;
}

/** Says in which step a number was found that is none. */
function locate<T>({ position, state }: TrainingRun, learningRate: number, step: () => T): T {
  const where = `training step ${state.step} (epoch ${position.epoch}, batch ${position.batch}, learning rate ${learningRate})`;
  try {
    return step();
  } catch (cause) {
    if (!isDqrmError(cause, "NON_FINITE")) throw cause;
    const { actual, position: at, what } = cause.details;
    throw new DqrmError("NON_FINITE", { what: `${where}: ${what}`, position: at, actual }, { cause });
  }
}

function countBatch({ meter, position, state }: TrainingRun, samples: number, loss: number): void {
  if (!Number.isFinite(loss)) {
    const what = `training step ${state.step} (epoch ${position.epoch}, batch ${position.batch}): loss`;
    throw new DqrmError("NON_FINITE", { what, position: 0, actual: String(loss) });
  }
  const lossSum = loss * samples;
  position.batch++;
  position.samplesSeen += samples;
  position.lossSum += lossSum;
  position.lossSamples += samples;
  meter.trained(samples, lossSum);
}

/** Measures a plan on a part of the data, pausing between batches. */
export function evaluatePart(
  { meter, options }: TrainingRun,
  plan: InferencePlan,
  dataset: EncodedDataset,
): Promise<Metrics | null> {
  const { loss, training } = options.config;
  const pause = options.hooks?.pause;
  const afterBatch = async (): Promise<void> => {
    if (pause !== undefined && meter.pauseDue()) await pause();
  };
  const { evaluationBatchSize: batchSize } = training;
  return evaluateModelPausing(plan, dataset, { batchSize, roundTargets: loss.roundTargets, afterBatch });
}

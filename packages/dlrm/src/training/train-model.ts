import { compileTraining } from "@dqrm/core";
import { batches, type BatchOrder } from "@dqrm/data";
import type { Metrics } from "../metrics/evaluate-predictions.ts";
import { inLastPhase } from "../config/phase.ts";
import { allocateSnapshot, copyWeights } from "../model/model-snapshot.ts";
import { beginEpoch } from "./begin-epoch.ts";
import { learningRateAt } from "./learning-rate.ts";
import { roundTargets } from "./round-targets.ts";
import type { EpochRecord } from "./trainer-state.ts";
import {
  agreeToStop,
  gatherResiduals,
  isFollower,
  joinGroup,
  shareRecord,
  sumSent,
} from "./training-group.ts";
import type { TrainingOptions, TrainingResult } from "./training-options.ts";
import {
  checkpointOf,
  evaluatePart,
  prepareRun,
  trainBatch,
  trainerStateOf,
  type TrainingRun,
} from "./training-run.ts";

/** Keeps the order of each epoch apart from the streams of parameters, under one seed. */
const FIRST_EPOCH_STREAM = 0x2000_0000;

/**
 * Trains a model: every training sample once an epoch, evaluations at the end of epochs and in between, selection
 * and early stop by validation AUC. Test metrics are recorded and never decide. With a schedule of bit widths, weights
 * of an earlier phase than the last are never selected: they were not trained for the codes that are served.
 *
 * The same options give the same weights bit for bit, also when the run was interrupted and resumed.
 *
 * @throws VALUE without training samples; NON_FINITE naming the step; STATE for a checkpoint of another run;
 *         what the datasets and hooks throw
 * @cost the model, once more for the selected weights, and 12 bytes for each validation or test sample
 *
 * ```ts doctest
 * import { createKernels, reference } from "@dqrm/core";
 * import { plantedDataset, splitDataset } from "@dqrm/data";
 * import { presets, setConfigValues, trainModel } from "@dqrm/dlrm";
 * const { dataset } = plantedDataset({ rows: 1000, seed: 1, tableRows: [10, 100] });
 * const config = setConfigValues(presets.demo, [["training.epochs", "1"]]);
 * const parts = splitDataset(dataset, config.data.split);
 * const kernels = createKernels([reference]);
 * const result = await trainModel({ config, parts, seed: 1, kernels, clock: () => 0 });
 * [result.outcome, result.trainer.samplesSeen]; // => ["finished", 800]
 * ```
 */
export async function trainModel(options: TrainingOptions): Promise<TrainingResult> {
  const run = prepareRun(options);
  const { epochs } = options.config.training;
  let aborted = options.signal?.aborted ?? false;
  while (!aborted && !run.position.stoppedEarly && run.position.epoch < epochs) {
    aborted = await trainEpoch(run);
  }
  return finish(run, aborted);
}

/** Trains to the end of the current epoch; true when the signal ended the run before. */
async function trainEpoch(run: TrainingRun): Promise<boolean> {
  beginEpoch(run);
  joinGroup(run);
  const { buffer, options, position, state } = run;
  const { config, parts, seed } = options;
  const { batchSize, shuffle } = config.training;
  const key = { seed, stream: FIRST_EPOCH_STREAM + position.epoch };
  const order: BatchOrder = shuffle ? { kind: "shuffled", key } : { kind: "file" };
  for (const batch of batches(parts.train, { batchSize, order, firstBatch: position.batch }, buffer)) {
    if (config.loss.roundTargets) roundTargets(batch.labels, batch.size);
    const asked = await trainBatch(run, batch, learningRateAt(config.learningRate, state.step));
    await afterBatch(run);
    if (stops(run, asked) && position.batch < run.batches) {
      await saveCheckpoint(run);
      return true;
    }
  }
  await endEpoch(run);
  return agreeToStop(run);
}

/** A group stops when all were asked to in the same step; who runs alone stops by the signal. */
function stops({ group, options }: TrainingRun, asked: boolean): boolean {
  return group === undefined ? options.signal?.aborted === true : asked;
}

async function afterBatch(run: TrainingRun): Promise<void> {
  const { batches: count, meter, options, position, state } = run;
  const { hooks } = options;
  const last = position.batch === count;
  reportProgress(run);
  if (hooks?.pause !== undefined && meter.pauseDue()) await meter.aside(hooks.pause);
  if (last) return;
  if (isDue(options.config.training.evaluateEverySteps, state.step)) {
    await evaluate(run, false);
    await saveCheckpoint(run);
  } else if (isDue(hooks?.checkpointEverySteps ?? 0, state.step)) await saveCheckpoint(run);
}

function isDue(everySteps: number, step: number): boolean {
  return everySteps > 0 && step % everySteps === 0;
}

function reportProgress({ batches: count, meter, options, position, state }: TrainingRun): void {
  const onEvent = options.hooks?.onEvent;
  const last = position.batch === count;
  if (onEvent === undefined || !(last || meter.reportDue())) return;
  const { epochs } = options.config.training;
  const { batch, epoch, samplesSeen } = position;
  const samplesLeft = epochs * options.parts.train.samples - samplesSeen;
  const { step } = state;
  onEvent({ kind: "progress", epoch, epochs, batch, batches: count, step, ...meter.report(samplesLeft) });
}

async function endEpoch(run: TrainingRun): Promise<void> {
  const { options, position } = run;
  await evaluate(run, true);
  position.epoch++;
  position.batch = 0;
  position.lossSum = 0;
  position.lossSamples = 0;
  const { patience } = options.config.training;
  const { best, history } = position;
  position.stoppedEarly = patience > 0 && best !== null && history.length - 1 - best >= patience;
  await saveCheckpoint(run);
}

async function evaluate(run: TrainingRun, endOfEpoch: boolean): Promise<void> {
  const { meter, options, plan, position, state } = run;
  const { recordTest } = options.config.training;
  const { test, validation } = options.parts;
  const measure = async (): Promise<EpochRecord> => ({
    epoch: position.epoch,
    endOfEpoch,
    step: state.step,
    samplesSeen: position.samplesSeen,
    trainLoss: position.lossSum / position.lossSamples,
    validation: await evaluatePart(run, plan, validation),
    test: recordTest ? await evaluatePart(run, plan, test) : null,
  });
  const record = await meter.aside(() => shareRecord(run, measure));
  position.history.push(record);
  const best = inLastPhase(options.config, position.epoch) && isBest(run, record);
  if (best) keepBest(run);
  options.hooks?.onEvent?.({ kind: "evaluation", record, best });
}

function isBest({ position }: TrainingRun, { validation }: EpochRecord): boolean {
  const auc = validation?.auc ?? null;
  if (auc === null) return false;
  const before = position.best === null ? null : (position.history[position.best].validation?.auc ?? null);
  return before === null || auc > before;
}

function keepBest(run: TrainingRun): void {
  run.plan.sync();
  run.best ??= allocateSnapshot(run.spec, run.arena);
  copyWeights(run.state, run.best);
  run.position.best = run.position.history.length - 1;
}

async function saveCheckpoint(run: TrainingRun): Promise<void> {
  const residuals = await gatherResiduals(run);
  const save = run.options.hooks?.onCheckpoint;
  if (save === undefined) return;
  run.plan.sync();
  const checkpoint = residuals === undefined ? checkpointOf(run) : { ...checkpointOf(run), residuals };
  await run.meter.aside(() => save(checkpoint, run.spec));
}

async function finish(run: TrainingRun, aborted: boolean): Promise<TrainingResult> {
  const { best, meter, plan, position, spec, state } = run;
  plan.sync();
  const samplesPerSecond = meter.samplesPerSecond();
  const selectedRecord = position.history.at(position.best ?? -1) ?? null;
  const sent = await sumSent(run);
  return {
    spec,
    state,
    selected: best ?? state,
    trainer: trainerStateOf(position),
    outcome: aborted ? "aborted" : position.stoppedEarly ? "early-stop" : "finished",
    selectedRecord,
    test: aborted || isFollower(run) ? null : (selectedRecord?.test ?? (await testSelected(run))),
    messageBytes: sent.messages === 0 ? null : sent.bytes / sent.messages,
    samplesPerSecond,
    seconds: meter.seconds(),
  };
}

/** Reads the test samples once, with the selected weights. */
async function testSelected(run: TrainingRun): Promise<Metrics | null> {
  const { best, kernels, options, plan, spec } = run;
  const { test } = options.parts;
  if (test.samples === 0) return null;
  if (best === undefined) return evaluatePart(run, plan, test);
  const floats = { ...spec, optimizer: { kind: "sgd" } } as const;
  const maxBatch = options.config.training.evaluationBatchSize;
  return evaluatePart(run, compileTraining(floats, best, kernels, { maxBatch }), test);
}

import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedKernels } from "@dqrm/core";
import {
  byteReport,
  packModel,
  trainModel,
  type ByteReport,
  type TrainingEvent,
  type TrainingResult,
} from "@dqrm/dlrm";
import { MODEL_FILES, saveModelDirectory } from "@dqrm/dlrm/node";
import { chooseKernels, type ImportModule } from "../pipeline/choose-kernels.ts";
import { modelCard } from "../pipeline/model-card.ts";
import { openTrainingData, type TrainingData } from "../pipeline/open-training-data.ts";
import { codeUse } from "./code-use.ts";
import { digestOf } from "./digest.ts";
import type { RunResult, StudyTask } from "./study-result.ts";

/** Gives a run of a study what it may not take from the surroundings. */
export interface TaskSurroundings {
  readonly clock: () => number;
  readonly importModule: ImportModule;
  readonly onEvent: (event: TrainingEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Trains one variant of a study on its data, and saves the packed model of its best validation AUC.
 */
export async function runTask(task: StudyTask, surroundings: TaskSurroundings): Promise<RunResult> {
  const { clock, importModule, onEvent, signal } = surroundings;
  const { config, data, dataHash, dataset, seed, variant } = task;
  const loaded = await chooseKernels(task.kernels, importModule, { threads: task.threads });
  const { kernels, skipped } = loaded;
  const opened = await openTaskData(task, signal);
  const { parts } = opened;
  const result = await trainModel({ config, parts, seed, kernels, clock, hooks: { onEvent }, signal });
  const bytes = await saveSelected(task, result, opened.preprocessing, loaded);
  const { history } = result.trainer;
  opened.dataset.close();
  return {
    variant,
    dataset,
    seed,
    config,
    configHash: digestOf(config),
    data,
    dataHash,
    backend: kernels.backends.map(({ name }) => name).join(", "),
    skippedKernels: Object.fromEntries(skipped),
    outcome: result.outcome,
    history,
    selected: result.selectedRecord,
    test: result.test,
    oracleTestAuc: opened.oracleTestAuc,
    bytes,
    codes: codeUse(result.spec, { selected: result.selected, end: result.state }, kernels),
    samplesPerSecond: result.samplesPerSecond,
    seconds: result.seconds,
  };
}

function openTaskData({ config, data, files, seed }: StudyTask, signal: AbortSignal): Promise<TrainingData> {
  const { cacheDirectory = "", label = null, rows = 0, schema = "auto" } = files ?? {};
  return openTrainingData({
    data,
    schema,
    label: label ?? undefined,
    rows,
    read: {},
    config,
    seed,
    cacheDirectory,
    signal,
    note: () => undefined,
  });
}

async function saveSelected(
  task: StudyTask,
  result: TrainingResult,
  preprocessing: unknown,
  { kernels }: LoadedKernels,
): Promise<ByteReport> {
  const { config, data, modelDirectory, seed, variant } = task;
  if (modelDirectory === null) return byteReport(result.spec, 0);
  const model = packModel(result.spec, result.selected, kernels);
  const description = `Trained on \`${data}\` with seed ${seed}.`;
  const card = modelCard({
    title: variant,
    description,
    validation: result.selectedRecord,
    test: result.test,
  });
  const metrics = result.trainer.history;
  await saveModelDirectory(modelDirectory, { config, model, preprocessing, card, metrics });
  const { size } = await stat(join(modelDirectory, MODEL_FILES.model));
  return byteReport(result.spec, size - byteReport(result.spec, 0).total);
}

import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Kernels, LoadedKernels } from "@dqrm/core";
import type { DatasetParts } from "@dqrm/data";
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
import { quantizeSelected } from "./post-training.ts";
import type { RunResult, StudyTask } from "./study-result.ts";
import { openTaskGroup, type TaskProcesses } from "./task-group.ts";

/** Gives a run of a study what it may not take from the surroundings. */
export interface TaskSurroundings {
  readonly processes: TaskProcesses;
  readonly clock: () => number;
  readonly importModule: ImportModule;
  readonly onEvent: (event: TrainingEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Trains one variant of a study on its data, and saves the packed model of its best validation AUC.
 */
export async function runTask(task: StudyTask, surroundings: TaskSurroundings): Promise<RunResult> {
  const { importModule, signal } = surroundings;
  const { config, data, dataHash, dataset, seed, variant } = task;
  const loaded = await chooseKernels(task.kernels, importModule, { threads: task.threads });
  const { kernels, skipped } = loaded;
  const opened = await openTaskData(task, signal);
  const result = await trainTask(task, { ...surroundings, kernels, parts: opened.parts });
  const bytes = await saveSelected(task, result, opened.preprocessing, loaded);
  const found = foundBy(task, result, opened.parts, kernels);
  opened.dataset.close();
  return {
    variant,
    dataset,
    seed,
    config,
    configHash: digestOf(config),
    data,
    dataHash,
    postTraining: task.postTraining,
    backend: kernels.backends.map(({ name }) => name).join(", "),
    skippedKernels: Object.fromEntries(skipped),
    outcome: result.outcome,
    oracleTestAuc: opened.oracleTestAuc,
    bytes,
    ...found,
    messageBytes: result.messageBytes,
    samplesPerSecond: result.samplesPerSecond,
    seconds: result.seconds,
  };
}

/** Trains alone, or with the other processes of the task. */
async function trainTask(
  task: StudyTask,
  {
    clock,
    importModule,
    kernels,
    onEvent,
    parts,
    processes,
    signal,
  }: TaskSurroundings & { readonly kernels: Kernels; readonly parts: DatasetParts },
): Promise<TrainingResult> {
  const { config, seed } = task;
  const { close, transport } = await openTaskGroup(task, { ...processes, importModule, signal });
  const hooks = { onEvent };
  // The sums are the same bits either way; messages are then those of one process that computes all parts.
  const own = transport === undefined ? {} : ({ transport, layerSum: "gather" } as const);
  try {
    const result = await trainModel({ config, parts, seed, kernels, clock, hooks, signal, ...own });
    await close();
    return result;
  } catch (error) {
    await close(error);
    throw error;
  }
}

type Found = Pick<RunResult, "history" | "selected" | "test" | "codes"> & Partial<Pick<RunResult, "bytes">>;

/** Says what the model came to as it was trained, or as it was quantized afterwards: then only the selected weights count. */
function foundBy(task: StudyTask, result: TrainingResult, parts: DatasetParts, kernels: Kernels): Found {
  const { config, postTraining } = task;
  const { selected, spec, state } = result;
  if (postTraining === null) {
    const best = packModel(spec, selected, kernels);
    const end = selected === state ? best : packModel(spec, state, kernels);
    const codes = codeUse({ selected: best, end }, kernels);
    return { history: result.trainer.history, selected: result.selectedRecord, test: result.test, codes };
  }
  const { bytes, model, record, test } = quantizeSelected(postTraining, result, { config, kernels, parts });
  const codes = codeUse({ selected: model, end: model }, kernels);
  return { history: record === null ? [] : [record], selected: record, test, codes, bytes };
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

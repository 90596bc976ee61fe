import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedKernels, PackedModel } from "@dqrm/core";
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
import { generatedPreprocessing } from "../pipeline/saved-preprocessing.ts";
import { openSynthetic } from "../pipeline/synthetic-data.ts";
import type { RunResult, StudyTask } from "./study-result.ts";

/** Gives a run of a study what it may not take from the surroundings. */
export interface TaskSurroundings {
  readonly clock: () => number;
  readonly importModule: ImportModule;
  readonly onEvent: (event: TrainingEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Trains one variant of a study on generated data, and saves the packed model of its best validation AUC.
 */
export async function runTask(task: StudyTask, surroundings: TaskSurroundings): Promise<RunResult> {
  const { clock, importModule, onEvent, signal } = surroundings;
  const { config, data, seed, variant } = task;
  const loaded = await chooseKernels(task.kernels, importModule, { threads: task.threads });
  const { kernels, skipped } = loaded;
  const { dataset, oracleTestAuc, parts } = openSynthetic(data, config.data.split);
  const result = await trainModel({
    config,
    parts,
    seed,
    kernels,
    clock,
    hooks: { onEvent },
    ...(signal === undefined ? {} : { signal }),
  });
  const bytes = await saveSelected(task, result, generatedPreprocessing(dataset), loaded);
  return {
    variant,
    seed,
    config,
    data,
    backend: kernels.backends.map(({ name }) => name).join(", "),
    skippedKernels: Object.fromEntries(skipped),
    outcome: result.outcome,
    history: result.trainer.history,
    selected: result.selectedRecord,
    test: result.test,
    oracleTestAuc,
    bytes,
    samplesPerSecond: result.samplesPerSecond,
    seconds: result.seconds,
  };
}

async function saveSelected(
  task: StudyTask,
  result: TrainingResult,
  preprocessing: unknown,
  { kernels }: LoadedKernels,
): Promise<ByteReport> {
  const { config, data, modelDirectory, seed, variant } = task;
  if (modelDirectory === null) return byteReport(result.spec, 0);
  const model: PackedModel = packModel(result.spec, result.selected, kernels);
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

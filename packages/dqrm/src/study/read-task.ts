import { DqrmError } from "@dqrm/core";
import { parseConfig } from "@dqrm/dlrm";
import { isPostTrainingName, type PostTrainingName } from "./post-training.ts";
import type { StudyFiles, StudyTask } from "./study-result.ts";

/**
 * Reads a task that another thread sent.
 *
 * @throws STATE when it is none; CONFIG when its configuration is wrong
 */
export function readTask(value: unknown): StudyTask {
  const record = recordOf(value);
  const { config, files, modelDirectory, postTraining, seed, threads, transport } = record;
  if (typeof seed !== "number" || typeof threads !== "number") throw notATask(value);
  if (typeof modelDirectory !== "string" && modelDirectory !== null) throw notATask(value);
  return {
    variant: textOf(record.variant),
    dataset: textOf(record.dataset),
    seed,
    data: textOf(record.data),
    dataHash: textOf(record.dataHash),
    kernels: textOf(record.kernels),
    threads,
    modelDirectory,
    transport: transport === null ? null : textOf(transport),
    postTraining: postTraining === null ? null : readPostTraining(postTraining),
    files: files === null ? null : readFiles(files),
    config: parseConfig("task", config),
  };
}

function readPostTraining(value: unknown): PostTrainingName {
  const name = textOf(value);
  if (!isPostTrainingName(name)) throw notATask(value);
  return name;
}

function readFiles(value: unknown): StudyFiles {
  const { cacheDirectory, label, rows, schema } = recordOf(value);
  if (typeof rows !== "number") throw notATask(rows);
  return {
    schema: textOf(schema),
    label: label === null ? null : textOf(label),
    rows,
    cacheDirectory: textOf(cacheDirectory),
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw notATask(value);
  return Object.fromEntries(Object.entries(value));
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw notATask(value);
  return value;
}

function notATask(value: unknown): DqrmError<"STATE"> {
  return new DqrmError("STATE", { op: "study worker", expected: "a study task", actual: typeof value });
}

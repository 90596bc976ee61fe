import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFailure } from "../pipeline/write-failure.ts";
import { digestOf } from "./digest.ts";
import type { RunResult, StudyTask } from "./study-result.ts";

/** Keeps the finished runs of a study below its directory, so that a second call goes on where the first one ended. */
export interface SavedRuns {
  /** Gives the run of a task; undefined when there is none, or it is of another task, or it is damaged. */
  load(task: StudyTask): Promise<RunResult | undefined>;
  /** Writes a run whole or not at all. */
  save(task: StudyTask, run: RunResult): Promise<void>;
}

/** Names the folder of finished runs below the directory of a study. */
export const RUNS_FOLDER = "runs";

/** Opens the finished runs of a study; `fresh` forgets them first. */
export async function openSavedRuns(
  directory: string,
  { fresh, version }: { readonly fresh: boolean; readonly version: string },
): Promise<SavedRuns> {
  const folder = join(directory, RUNS_FOLDER);
  const unwritable = (cause: unknown): never => {
    throw writeFailure(folder, "a directory to write runs in", cause);
  };
  if (fresh) await rm(folder, { recursive: true, force: true }).catch(unwritable);
  await mkdir(folder, { recursive: true }).catch(unwritable);
  const pathOf = (task: StudyTask): string => join(folder, runFileName(task));
  return {
    async load(task) {
      const text = await readFile(pathOf(task), "utf8").catch(() => undefined);
      return text === undefined ? undefined : readRun(text, taskHash(task, version));
    },
    async save(task, run) {
      const path = pathOf(task);
      const file = { version: 1, task: taskHash(task, version), digest: digestOf(run), run };
      await writeFile(`${path}.writing`, `${JSON.stringify(file, null, 1)}\n`).catch(unwritable);
      await rename(`${path}.writing`, path).catch(unwritable);
    },
  };
}

/** Gives the digest of all that decides what a run finds, and who found it; threads and places of files do not. */
export function taskHash(task: StudyTask, version: string): string {
  const { config, dataHash, dataset, files, kernels, postTraining, seed, transport, variant } = task;
  const reading = files === null ? null : [files.schema, files.label, files.rows];
  return digestOf({
    ...{ version, variant, dataset, seed, config, postTraining, dataHash, reading, kernels },
    ...(transport === null ? {} : { transport }),
  });
}

/** Names the file of a task's run by its variant, its data and its seed. */
export function runFileName({
  dataset,
  seed,
  variant,
}: Pick<StudyTask, "dataset" | "seed" | "variant">): string {
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9.]+/g, "-")
      .replace(/^-|-$/g, "");
  return `${plain(dataset)}-${plain(variant)}-${seed}.json`;
}

function readRun(text: string, task: string): RunResult | undefined {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof file !== "object" || file === null) return undefined;
  if (!("task" in file && "digest" in file && "run" in file)) return undefined;
  if (file.task !== task || file.digest !== digestOf(file.run)) return undefined;
  // Proved by the two digests: `save` of this version wrote the run of this task, and nothing changed it since.
  return file.run as RunResult;
}

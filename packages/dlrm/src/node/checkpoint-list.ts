import { join } from "node:path";
import { DqrmError } from "@dqrm/core";
import { errorCode, nodeDisk, type Disk } from "./disk.ts";
import { openDirectory } from "./read-directory.ts";
import { attempt, isTyped } from "./attempt.ts";

/** Names a checkpoint in its manifest; another version of the format is refused. */
export const CHECKPOINT: { readonly format: string; readonly version: number } = {
  format: "dqrm-checkpoint",
  version: 1,
};

/** Names the directory of checkpoints inside a model directory. */
export const CHECKPOINTS = "checkpoints";

/**
 * Says what is known of a checkpoint without reading its tensors.
 *
 * complete: every file has the length that was saved; unfinished: the save never came to its commit;
 * damaged: it was saved whole, and is not any more.
 */
export type CheckpointState =
  | { readonly kind: "complete" }
  | { readonly kind: "unfinished" }
  | { readonly kind: "damaged"; readonly error: DqrmError };

/** Holds one checkpoint of a list. */
export interface CheckpointEntry {
  readonly step: number;
  readonly path: string;
  readonly state: CheckpointState;
}

const STEP_NAME = /^step-(0|[1-9][0-9]{0,14})$/;

/**
 * Gives the path of the checkpoint of a step inside a model directory.
 *
 * ```ts doctest
 * import { checkpointPath } from "@dqrm/dlrm/node";
 * checkpointPath("runs/a", 12).replaceAll("\\", "/"); // => "runs/a/checkpoints/step-12"
 * ```
 */
export function checkpointPath(modelDirectory: string, step: number): string {
  return join(modelDirectory, CHECKPOINTS, `step-${step}`);
}

/**
 * Lists the checkpoints of a model directory, newest first, with their states; an absent directory has none.
 *
 * @throws IO when the directory cannot be read
 * @cost reads one small file for each checkpoint; checksums are left to loadCheckpoint
 *
 * ```ts doctest
 * import { listCheckpoints } from "@dqrm/dlrm/node";
 * await listCheckpoints("no-such-directory"); // => []
 * ```
 */
export async function listCheckpoints(
  modelDirectory: string,
  disk: Disk = nodeDisk,
): Promise<readonly CheckpointEntry[]> {
  const path = join(modelDirectory, CHECKPOINTS);
  const names = await attempt("list", path, () => disk.list(path));
  const steps = (names ?? []).flatMap((name) => {
    const match = STEP_NAME.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
  steps.sort((a, b) => b - a);
  const entries: CheckpointEntry[] = [];
  for (const step of steps) {
    const entry = checkpointPath(modelDirectory, step);
    entries.push({ step, path: entry, state: await checkpointState(entry) });
  }
  return entries;
}

async function checkpointState(path: string): Promise<CheckpointState> {
  let hasManifest = false;
  try {
    const saved = await openDirectory(path, CHECKPOINT);
    hasManifest = true;
    await saved.checkLengths(saved.manifest.files.map(({ name }) => name));
    return { kind: "complete" };
  } catch (error) {
    if (!isTyped(error)) throw error;
    // A manifest that is there and cannot be read is no proof that the save never ended.
    const absent = !hasManifest && error.code === "IO" && errorCode(error.cause) === "ENOENT";
    return absent ? { kind: "unfinished" } : { kind: "damaged", error };
  }
}

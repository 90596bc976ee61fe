import { rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DqrmError } from "@dqrm/core";
import { CHECKPOINTS, listCheckpoints } from "@dqrm/dlrm/node";
import type { TrainOptions } from "./train-options.ts";

/**
 * Refuses an output directory with the checkpoints of another run, which a later `--resume` could not tell apart.
 *
 * @throws STATE when there are some, the run does not go on from them, and they may not be replaced
 */
export async function checkOutput({ out, overwrite, resume }: TrainOptions): Promise<void> {
  if (overwrite || goesOn(out, resume)) return;
  const [newest] = await listCheckpoints(out);
  if (newest === undefined) return;
  const expected = `--resume ${out} to go on with it, --overwrite to replace it, or another --out`;
  throw new DqrmError("STATE", { op: "train", expected, actual: `${newest.path} of an earlier run` });
}

/** Removes the checkpoints of another run, all of them or none. */
export async function clearOutput({ out, overwrite, resume }: TrainOptions): Promise<void> {
  if (!overwrite || goesOn(out, resume)) return;
  if ((await listCheckpoints(out)).length === 0) return;
  const old = join(out, `${CHECKPOINTS}.replaced`);
  await rm(old, { recursive: true, force: true });
  await rename(join(out, CHECKPOINTS), old);
  await rm(old, { recursive: true, force: true });
}

function goesOn(out: string, resume: string | undefined): boolean {
  return resume !== undefined && resolve(resume) === resolve(out);
}

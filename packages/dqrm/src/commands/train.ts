import { checkOutput, clearOutput } from "../train/check-output.ts";
import { checkFingerprint, dataFingerprint, saveFingerprint } from "../train/data-fingerprint.ts";
import { followRun } from "../train/follow-run.ts";
import { silenced } from "../terminal/silenced.ts";
import { openGroup } from "../train/open-group.ts";
import { resolveRun } from "../train/resolve-run.ts";
import { runTraining } from "../train/run-training.ts";
import { saveResult } from "../train/save-result.ts";
import type { TrainOptions } from "../train/train-options.ts";
import { trainSummary, trainText } from "../train/train-summary.ts";
import type { WorkerGroup } from "../train/worker-group.ts";
import type { Surroundings } from "./surroundings.ts";

/** Trains a model, saves checkpoints on the way and the packed model of the best validation AUC at the end. */
export async function train(options: TrainOptions, surroundings: Surroundings): Promise<void> {
  const group = await openGroup(options, surroundings);
  try {
    await (group.rank === 0 ? lead : follow)(options, surroundings, group);
  } catch (error) {
    await group.close(error);
    throw error;
  }
  await group.close();
}

/** Trains as the first worker, the only one that writes and speaks. */
async function lead(options: TrainOptions, surroundings: Surroundings, group: WorkerGroup): Promise<void> {
  const { terminal } = surroundings;
  await checkOutput(options);
  const run = await resolveRun(options, surroundings);
  const fingerprint = dataFingerprint(options.data, run.data);
  if (options.resume !== undefined) await checkFingerprint(options.resume, options.data, fingerprint);
  const result = await group.join(run, async (transport) => {
    await clearOutput(options);
    await saveFingerprint(options.out, fingerprint);
    return runTraining(run, surroundings, transport);
  });
  if (result.outcome === "aborted") {
    throw new DOMException(`training was interrupted; go on with --resume ${options.out}`, "AbortError");
  }
  const summary = trainSummary(run, result, await saveResult(run, result));
  run.data.dataset.close();
  terminal.out(options.json ? `${JSON.stringify(summary)}\n` : trainText(summary));
}

/** Trains as another process of the group: the same call, and the same data. */
async function follow(options: TrainOptions, surroundings: Surroundings, group: WorkerGroup): Promise<void> {
  const terminal = silenced(surroundings.terminal);
  const run = await resolveRun(options, { ...surroundings, terminal }, `cache-${group.rank}`);
  try {
    const { outcome } = await group.join(run, (transport) => followRun(run, terminal, transport));
    if (outcome === "aborted") throw new DOMException("training was interrupted", "AbortError");
  } finally {
    run.data.dataset.close();
  }
}

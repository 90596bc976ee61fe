import type { Surroundings } from "./surroundings.ts";
import { checkOutput, clearOutput } from "../train/check-output.ts";
import { checkFingerprint, dataFingerprint, saveFingerprint } from "../train/data-fingerprint.ts";
import { resolveRun } from "../train/resolve-run.ts";
import { runTraining } from "../train/run-training.ts";
import { saveResult } from "../train/save-result.ts";
import type { TrainOptions } from "../train/train-options.ts";
import { trainSummary, trainText } from "../train/train-summary.ts";
import { openThreadGroup } from "../train/thread-group.ts";

/** Trains a model, saves checkpoints on the way and the packed model of the best validation AUC at the end. */
export async function train(options: TrainOptions, surroundings: Surroundings): Promise<void> {
  const { terminal } = surroundings;
  await checkOutput(options);
  const run = await resolveRun(options, surroundings);
  const fingerprint = dataFingerprint(options.data, run.data);
  if (options.resume !== undefined) await checkFingerprint(options.resume, options.data, fingerprint);
  const group = await openThreadGroup(run, surroundings);
  await clearOutput(options);
  await saveFingerprint(options.out, fingerprint);
  const result = await group.join((transport) => runTraining(run, surroundings, transport));
  if (result.outcome === "aborted") {
    throw new DOMException(`training was interrupted; go on with --resume ${options.out}`, "AbortError");
  }
  const summary = trainSummary(run, result, await saveResult(run, result));
  run.data.dataset.close();
  terminal.out(options.json ? `${JSON.stringify(summary)}\n` : trainText(summary));
}

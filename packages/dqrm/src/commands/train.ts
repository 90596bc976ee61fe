import { join } from "node:path";
import { DqrmError } from "@dqrm/core";
import { parseDataUrl } from "@dqrm/data";
import { chooseKernels } from "../pipeline/choose-kernels.ts";
import { createBadLines } from "../pipeline/bad-lines.ts";
import { openTrainingData, type TrainingData } from "../pipeline/open-training-data.ts";
import { resolveConfig } from "../pipeline/resolve-config.ts";
import { formatCount } from "../terminal/format-number.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { checkOutput, clearOutput } from "../train/check-output.ts";
import { checkFingerprint, dataFingerprint, saveFingerprint } from "../train/data-fingerprint.ts";
import { openCheckpoint } from "../train/open-checkpoint.ts";
import { runTraining, type TrainRun } from "../train/run-training.ts";
import { saveResult } from "../train/save-result.ts";
import type { TrainOptions } from "../train/train-options.ts";
import { trainSummary, trainText } from "../train/train-summary.ts";
import { noteBadLines, noteKernels, noteSchedule, noteThreads } from "./notes.ts";
import type { Surroundings } from "./surroundings.ts";

/** Small models share a segment of this many bytes; a longer table or file gets a segment of its own. */
const ARENA_SEGMENT_BYTES = 1 << 24;

/** Trains a model, saves checkpoints on the way and the packed model of the best validation AUC at the end. */
export async function train(options: TrainOptions, surroundings: Surroundings): Promise<void> {
  const { terminal } = surroundings;
  await checkOutput(options);
  const run = await resolveRun(options, surroundings);
  const fingerprint = dataFingerprint(options.data, run.data);
  if (options.resume !== undefined) await checkFingerprint(options.resume, options.data, fingerprint);
  await clearOutput(options);
  await saveFingerprint(options.out, fingerprint);
  const result = await runTraining(run, surroundings);
  if (result.outcome === "aborted") {
    throw new DOMException(`training was interrupted; go on with --resume ${options.out}`, "AbortError");
  }
  const summary = trainSummary(run, result, await saveResult(run, result));
  run.data.dataset.close();
  terminal.out(options.json ? `${JSON.stringify(summary)}\n` : trainText(summary));
}

async function resolveRun(
  options: TrainOptions,
  { importModule, machine, terminal }: Surroundings,
): Promise<TrainRun> {
  const threads = options.threads ?? machine.cores;
  const loaded = await chooseKernels(options.kernels, importModule, { threads });
  const { kernels } = loaded;
  const arena = kernels.createArena(ARENA_SEGMENT_BYTES);
  const resumed =
    options.resume === undefined ? undefined : await openCheckpoint(options.resume, options, arena);
  const config = resumed?.config ?? (await resolveConfig(presetFor(options, terminal), options.assignments));
  noteKernels(loaded, terminal);
  noteThreads(options.threads, loaded, terminal);
  const seed = resumed?.checkpoint.trainer.seed ?? options.seed;
  const bad = createBadLines();
  const data = await openTrainingData({
    ...options,
    config,
    seed,
    read: options.skipBadLines ? { onBadLine: bad.onBadLine } : {},
    cacheDirectory: join(options.out, "cache"),
    signal: terminal.signal,
    note: (line) => {
      terminal.err(`${line}\n`);
    },
  });
  noteData(data, terminal);
  noteBadLines(bad, terminal);
  noteSchedule(config, terminal);
  checkInputs(options, data.dataset.denseFeatures);
  return { options, config, seed, data, kernels, arena, resumed };
}

function checkInputs({ denseInputs }: TrainOptions, denseFeatures: number): void {
  if (denseInputs === undefined || denseInputs === denseFeatures) return;
  const [source, path] = ["command line", "--arch-mlp-bot"];
  const expected = `the ${denseFeatures} dense features of the data before the first "-"`;
  throw new DqrmError("CONFIG", { source, path, expected, actual: String(denseInputs) });
}

function presetFor({ data, preset }: TrainOptions, terminal: Terminal): string {
  if (preset !== undefined) return preset;
  const chosen = parseDataUrl(data) === undefined ? "recommended" : "demo";
  terminal.err(`preset: ${chosen} (choose with --preset)\n`);
  return chosen;
}

function noteData({ dataset, parts }: TrainingData, terminal: Terminal): void {
  const counts = (["train", "validation", "test"] as const).map(
    (part) => `${formatCount(parts[part].samples)} ${part}`,
  );
  const rows = dataset.features.reduce((sum, feature) => sum + feature.rows, 0);
  const tables = `${dataset.features.length} tables with ${formatCount(rows)} rows`;
  terminal.err(`data: ${counts.join(", ")} samples; ${dataset.denseFeatures} dense features, ${tables}\n`);
}

import { join } from "node:path";
import { DqrmError } from "@dqrm/core";
import { parseDataUrl } from "@dqrm/data";
import { buildModelSpec } from "@dqrm/dlrm";
import {
  noteBadLines,
  noteCompression,
  noteKernels,
  noteMemory,
  noteSchedule,
  noteThreads,
} from "../commands/notes.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { chooseKernels } from "../pipeline/choose-kernels.ts";
import { createBadLines } from "../pipeline/bad-lines.ts";
import { openTrainingData, type TrainingData } from "../pipeline/open-training-data.ts";
import { resolveConfig } from "../pipeline/resolve-config.ts";
import { laneThreads } from "../study/lane.ts";
import { formatCount } from "../terminal/format-number.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import type { TrainRun } from "./run-training.ts";
import type { TrainOptions } from "./train-options.ts";

/** Small models share a segment of this many bytes; a longer table or file gets a segment of its own. */
const ARENA_SEGMENT_BYTES = 1 << 24;

/** Gives a run what it may not take from elsewhere. */
export type RunSurroundings = Pick<Surroundings, "importModule" | "terminal"> & {
  readonly machine: Pick<Surroundings["machine"], "cores">;
};

/**
 * Turns the options of `dqrm train` into what is trained: kernels, configuration, data, and where to go on.
 *
 * A worker of a group gives the directory of its own in which encoded samples may lie.
 */
export async function resolveRun(
  options: TrainOptions,
  { importModule, machine, terminal }: RunSurroundings,
  cacheName = "cache",
): Promise<TrainRun> {
  const threads = options.threads ?? laneThreads(machine.cores, neighbours(options));
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
    cacheDirectory: join(options.out, cacheName),
    signal: terminal.signal,
    note: (line) => {
      terminal.err(`${line}\n`);
    },
  });
  noteData(data, terminal);
  noteMemory(buildModelSpec(config, data.dataset, seed), terminal);
  noteBadLines(bad, terminal);
  noteSchedule(config, terminal);
  noteCompression(config, data.dataset.features, terminal);
  checkInputs(options, data.dataset.denseFeatures);
  return { options, config, seed, data, kernels, arena, resumed };
}

/** Workers that share this machine; all, where a launcher does not say. */
function neighbours({ place, workers }: TrainOptions): number {
  return place?.localSize ?? workers;
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

import { join } from "node:path";
import { createArena, DqrmError, type Arena, type ModelSpec, type ModelState } from "@dqrm/core";
import { integer, nullable, record } from "../config/read.ts";
import {
  decodeModelState,
  decodeSnapshot,
  encodeModelState,
  encodeSnapshot,
} from "../model-file/state-file.ts";
import { decodeResiduals, encodeResiduals } from "../model-file/residual-file.ts";
import type { ShardResidual } from "../parallel/parallel-step.ts";
import { CHECKPOINT, checkpointPath, listCheckpoints, type CheckpointEntry } from "./checkpoint-list.ts";
import { nodeDisk, type Disk } from "./disk.ts";
import { jsonFile, readJson } from "./json-file.ts";
import { MANIFEST_NAME } from "./manifest.ts";
import { openDirectory } from "./read-directory.ts";
import { attempt, isTyped } from "./attempt.ts";
import { COMMITTED, writeDirectory } from "./write-directory.ts";

/** Names the files of a checkpoint. */
const FILES = {
  config: "config.json",
  model: "model.safetensors",
  optimizer: "optimizer.safetensors",
  best: "best.safetensors",
  residuals: "residuals.safetensors",
  trainer: "trainer_state.json",
} as const;

/** Holds what a checkpoint is written from: everything that a run needs to go on bit for bit. */
export interface CheckpointContent {
  /** The configuration of the run, as JSON. */
  readonly config: unknown;
  readonly spec: ModelSpec;
  readonly state: ModelState;
  /** The weights of the best evaluation so far, as allocateSnapshot makes them; undefined when there is none. */
  readonly best: ModelState | undefined;
  /** What error feedback keeps for every shard of a group of workers. */
  readonly residuals?: readonly ShardResidual[];
  /** Position in the data and history of the run, as JSON. */
  readonly trainer: unknown;
}

/** Says how many checkpoints stay, and on which disk. */
export interface SaveCheckpointOptions {
  /** The new one and the `keep` − 1 newest complete others stay. @shape an integer >= 1 */
  readonly keep: number;
  readonly disk?: Disk;
}

/**
 * Saves a checkpoint under its step, all of it or nothing, and then removes those that are not kept any more.
 *
 * The state must be current: call the plan's `sync` first. A checkpoint of the same step is replaced.
 * Answers the path of the checkpoint.
 *
 * @throws IO when the disk fails or is full, then every earlier checkpoint is intact; SHAPE, VALUE or CONFIG before
 *         anything is written
 * @source docs/spec/model-directory.md
 *
 * ```ts doctest
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { allocateModelState, createArena } from "@dqrm/core";
 * import { buildModelSpec, initialTrainerState, presets } from "@dqrm/dlrm";
 * import { saveCheckpoint } from "@dqrm/dlrm/node";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const content = { config: {}, spec, state, best: undefined, trainer: initialTrainerState(1) };
 * const path = await saveCheckpoint(await mkdtemp(join(tmpdir(), "run-")), content, { keep: 2 });
 * path.endsWith("step-0"); // => true
 * ```
 */
export async function saveCheckpoint(
  modelDirectory: string,
  { best, config, residuals, spec, state, trainer }: CheckpointContent,
  { disk = nodeDisk, keep }: SaveCheckpointOptions,
): Promise<string> {
  if (!Number.isInteger(keep) || keep < 1) {
    const [expected, actual] = ["an integer >= 1", String(keep)];
    throw new DqrmError("VALUE", { op: "saveCheckpoint", what: "keep", expected, actual });
  }
  const { step } = state;
  const files = encodeModelState(spec, state);
  const path = checkpointPath(modelDirectory, step);
  const bestFile = best && { name: FILES.best, parts: encodeSnapshot(spec, best).parts };
  await writeDirectory(
    path,
    CHECKPOINT,
    [
      jsonFile(FILES.config, config),
      { name: FILES.model, parts: files.model.parts },
      { name: FILES.optimizer, parts: files.optimizer.parts },
      ...(bestFile === undefined ? [] : [bestFile]),
      ...(residuals === undefined
        ? []
        : [{ name: FILES.residuals, parts: encodeResiduals(residuals).parts }]),
      jsonFile(FILES.trainer, { step, bestStep: best?.step ?? null, trainer }),
    ],
    disk,
  );
  const others = (await listCheckpoints(modelDirectory, disk)).filter((entry) => entry.step !== step);
  const complete = others.filter(({ state: { kind } }) => kind === "complete");
  const kept = new Set(complete.slice(0, keep - 1).map((entry) => entry.path));
  for (const entry of others) {
    if (!kept.has(entry.path)) await attempt("remove", entry.path, () => removeCheckpoint(entry.path, disk));
  }
  return path;
}

async function removeCheckpoint(path: string, disk: Disk): Promise<void> {
  // Without its manifest it is unfinished, not damaged, should the process end half-way.
  await disk.remove(join(path, COMMITTED, MANIFEST_NAME));
  await disk.remove(join(path, MANIFEST_NAME));
  await disk.remove(path);
}

/** Says how the JSON of a checkpoint is read, and where its tensors go. */
export interface LoadCheckpointOptions<Config, Trainer> {
  readonly parseConfig: (json: unknown) => Config;
  readonly parseTrainer: (json: unknown) => Trainer;
  /** The files are read into memory of this arena; by default into segments of their own. */
  readonly arena?: Arena;
}

/** Holds a checkpoint as it was saved; the arrays of the state are views of the files as they were read. */
export interface LoadedCheckpoint<Config, Trainer> {
  readonly path: string;
  readonly config: Config;
  readonly spec: ModelSpec;
  readonly state: ModelState;
  readonly best: ModelState | undefined;
  readonly residuals?: readonly ShardResidual[];
  readonly trainer: Trainer;
}

/**
 * Loads one checkpoint by its own path and checks every file against the manifest.
 *
 * Compile a plan over the state, or copy it into a plan's with copyModelState and call `reload`.
 *
 * @throws IO when a file is missing; FORMAT naming file and place when one was changed, cut off or is of another version;
 *         CONFIG when a JSON file is malformed
 * @cost one read and one checksum of every file; the tensors are not copied
 *
 * ```ts doctest
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { allocateModelState, createArena } from "@dqrm/core";
 * import { buildModelSpec, initialTrainerState, presets } from "@dqrm/dlrm";
 * import { loadCheckpoint, saveCheckpoint } from "@dqrm/dlrm/node";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const content = { config: {}, spec, state, best: undefined, trainer: initialTrainerState(1) };
 * const readers = { parseConfig: (json: unknown) => json, parseTrainer: (json: unknown) => json };
 * const path = await saveCheckpoint(await mkdtemp(join(tmpdir(), "run-")), content, { keep: 2 });
 * (await loadCheckpoint(path, readers)).state.step; // => 0
 * ```
 */
export async function loadCheckpoint<Config, Trainer>(
  path: string,
  { arena = createArena(0), parseConfig, parseTrainer }: LoadCheckpointOptions<Config, Trainer>,
): Promise<LoadedCheckpoint<Config, Trainer>> {
  const saved = await openDirectory(path, CHECKPOINT);
  const config = parseConfig(await readJson(saved, path, FILES.config));
  const { bestStep, step, trainer } = position(
    await readJson(saved, path, FILES.trainer),
    `${path}/${FILES.trainer}`,
  );
  const parsedTrainer = parseTrainer(trainer);
  const model = await saved.read(FILES.model, arena);
  const optimizer = await saved.read(FILES.optimizer, arena);
  const { spec, state } = decodeModelState({ source: path, model, optimizer }, step);
  const best =
    bestStep === null
      ? undefined
      : decodeSnapshot(`${path}/${FILES.best}`, await saved.read(FILES.best, arena), spec, bestStep);
  const loaded = { path, config, spec, state, best, trainer: parsedTrainer };
  if (!saved.manifest.files.some(({ name }) => name === FILES.residuals)) return loaded;
  const bytes = await saved.read(FILES.residuals, arena);
  return { ...loaded, residuals: decodeResiduals(`${path}/${FILES.residuals}`, bytes) };
}

interface Position {
  readonly step: number;
  readonly bestStep: number | null;
  readonly trainer: unknown;
}

const steps = integer(0, Number.MAX_SAFE_INTEGER);

function position(json: unknown, source: string): Position {
  const readers = { step: steps, bestStep: nullable(steps), trainer: (value: unknown): unknown => value };
  return record<Position>(readers)(json, { source, path: "" });
}

/**
 * Loads the newest checkpoint of a model directory that came to its commit; unfinished ones are passed over.
 *
 * A damaged newest checkpoint is an error, never passed over in silence: the error names the previous complete one.
 *
 * @throws IO when there is none; FORMAT, CONFIG or IO as loadCheckpoint
 *
 * ```ts doctest
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { allocateModelState, createArena } from "@dqrm/core";
 * import { buildModelSpec, initialTrainerState, presets } from "@dqrm/dlrm";
 * import { loadLatestCheckpoint, saveCheckpoint } from "@dqrm/dlrm/node";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const content = { config: {}, spec, state, best: undefined, trainer: initialTrainerState(1) };
 * const readers = { parseConfig: (json: unknown) => json, parseTrainer: (json: unknown) => json };
 * const directory = await mkdtemp(join(tmpdir(), "run-"));
 * await saveCheckpoint(directory, content, { keep: 2 });
 * (await loadLatestCheckpoint(directory, readers)).state.step; // => 0
 * ```
 */
export async function loadLatestCheckpoint<Config, Trainer>(
  modelDirectory: string,
  options: LoadCheckpointOptions<Config, Trainer>,
): Promise<LoadedCheckpoint<Config, Trainer>> {
  const entries = await listCheckpoints(modelDirectory);
  const committed = entries.filter(({ state: { kind } }) => kind !== "unfinished");
  if (committed.length === 0) {
    const [expected, actual] = ["a complete checkpoint in it", `none among ${entries.length}`];
    throw new DqrmError("IO", { operation: "load checkpoint", path: modelDirectory, expected, actual });
  }
  const [latest, ...earlier] = committed;
  try {
    return await loadCheckpoint(latest.path, options);
  } catch (cause) {
    if (!isTyped(cause)) throw cause;
    throw damaged(
      cause,
      earlier.find(({ state: { kind } }) => kind === "complete"),
    );
  }
}

function damaged(cause: DqrmError, previous: CheckpointEntry | undefined): DqrmError {
  const advice =
    previous === undefined ? "no earlier one is complete" : `${previous.path} is complete before it`;
  const { details } = cause;
  const source = "source" in details ? details.source : "path" in details ? details.path : "checkpoint";
  const offset = "offset" in details ? details.offset : 0;
  return new DqrmError(
    "FORMAT",
    { source, offset, expected: `a sound checkpoint (${advice})`, actual: cause.message },
    { cause },
  );
}

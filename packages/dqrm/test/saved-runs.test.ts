import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { presets } from "@dqrm/dlrm";
import { expect, test } from "vitest";
import { openSavedRuns } from "../src/study/saved-runs.ts";
import type { RunResult, StudyTask } from "../src/study/study-result.ts";
import { scratchFolder } from "./call.ts";

const TASK: StudyTask = {
  variant: "INT4",
  dataset: "planted",
  seed: 1,
  config: presets.demo,
  data: "synthetic:planted?seed=1",
  dataHash: "d1",
  files: null,
  kernels: "auto",
  threads: 1,
  modelDirectory: null,
  transport: null,
  postTraining: null,
};

const RUN: RunResult = {
  variant: "INT4",
  dataset: "planted",
  seed: 1,
  config: presets.demo,
  configHash: "c",
  data: TASK.data,
  dataHash: "d1",
  postTraining: null,
  backend: "reference",
  skippedKernels: {},
  outcome: "finished",
  history: [],
  selected: null,
  test: null,
  oracleTestAuc: null,
  bytes: { tables: [], embeddings: 0, mlp: 0, scales: 0, headers: 0, total: 0, float: 0 },
  codes: null,
  messageBytes: null,
  samplesPerSecond: 1,
  seconds: 1,
};

const KEEP = { fresh: false, version: "1.0.0" };

test("a saved run is found by its task, whatever its threads are", async () => {
  const saved = await openSavedRuns(scratchFolder(), KEEP);

  await saved.save(TASK, RUN);

  expect(await saved.load({ ...TASK, threads: 7 })).toEqual(RUN);
});

test.each<[string, StudyTask]>([
  ["configuration", { ...TASK, config: presets.kaggle }],
  ["data", { ...TASK, dataHash: "d2" }],
  ["kernels", { ...TASK, kernels: "reference" }],
  ["way of reading", { ...TASK, files: { schema: "auto", label: "click", rows: 0, cacheDirectory: "" } }],
])("a run of another %s is not taken for it", async (_what, other) => {
  const saved = await openSavedRuns(scratchFolder(), KEEP);
  await saved.save(TASK, RUN);

  expect(await saved.load(other)).toBeUndefined();
});

test("a run of another version of the command is not taken for it", async () => {
  const folder = scratchFolder();
  await (await openSavedRuns(folder, KEEP)).save(TASK, RUN);

  const later = await openSavedRuns(folder, { ...KEEP, version: "1.0.1" });

  expect(await later.load(TASK)).toBeUndefined();
});

test("--fresh forgets saved runs", async () => {
  const folder = scratchFolder();
  await (await openSavedRuns(folder, KEEP)).save(TASK, RUN);

  const fresh = await openSavedRuns(folder, { ...KEEP, fresh: true });

  expect(await fresh.load(TASK)).toBeUndefined();
});

test.each<[string, (text: string) => string]>([
  ["cut off", (text) => text.slice(0, text.length / 2)],
  ["changed in one number", (text) => text.replace('"samplesPerSecond": 1', '"samplesPerSecond": 2')],
  ["no object", () => "null"],
])("a saved run that is %s is trained again", async (_what, damage) => {
  const folder = scratchFolder();
  const saved = await openSavedRuns(folder, KEEP);
  await saved.save(TASK, RUN);
  const [name] = readdirSync(join(folder, "runs"));
  const path = join(folder, "runs", name);
  const text = readFileSync(path, "utf8");

  writeFileSync(path, damage(text));

  expect(damage(text)).not.toBe(text);
  expect(await saved.load(TASK)).toBeUndefined();
});

test("a folder in the place of runs that cannot be written is an IO error with its path", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "x"));
  writeFileSync(join(folder, "x", "runs"), "");

  await expect(openSavedRuns(join(folder, "x"), KEEP)).rejects.toMatchObject({ code: "IO" });
});

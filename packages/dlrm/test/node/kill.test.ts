import { execFile, spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  createKernels,
  createRandom,
  reference,
  type ModelSpec,
  type PackedModel,
  type TableQuantization,
} from "@dqrm/core";
import { beforeAll, expect, test } from "vitest";
import { packModel } from "../../src/index.ts";
import {
  listCheckpoints,
  loadLatestCheckpoint,
  loadModelDirectory,
  saveCheckpoint,
  saveModelDirectory,
} from "../../src/node/index.ts";
import { smallSpec } from "../model-cases.ts";
import { scratchDirectory } from "./scratch.ts";

const FIXTURE = fileURLToPath(new URL("save-forever.mjs", import.meta.url));
const TSC = fileURLToPath(new URL("../../../../node_modules/.bin/tsc", import.meta.url));
const PROJECT = fileURLToPath(new URL("../../tsconfig.lib.json", import.meta.url));

/** Kills in one run of this test. */
const KILLS = 40;
/** A save takes a few milliseconds, so that a kill falls anywhere into the first saves. */
const LONGEST_DELAY_MS = 60;

const kernels = createKernels([reference]);
const int4: TableQuantization = {
  kind: "fake",
  bits: 4,
  granularity: { kind: "table" },
  refresh: { kind: "every-step" },
};
const small = smallSpec([int4, int4]);
const spec: ModelSpec = { ...small, tables: small.tables.map((table) => ({ ...table, rows: 20_000 })) };

function stepOf(json: unknown): number {
  if (typeof json === "object" && json !== null && "step" in json) return Number(json.step);
  throw new TypeError("no step");
}

/** The codes and scales of the tables as text, for a comparison that is exact and quick. */
function tableBits({ tables }: PackedModel): readonly string[] {
  return tables.map((table) => {
    if (table instanceof Float32Array) throw new TypeError("not packed");
    return `${Buffer.from(table.codes).toString("base64")} ${table.scale.join()}`;
  });
}

/** Runs the fixture from a step on, kills it `delayMs` after its first safe step, and returns its last safe step. */
async function saveUntilKilled(directory: string, firstStep: number, delayMs: number): Promise<number> {
  const child = spawn(process.execPath, [FIXTURE, directory, JSON.stringify(spec), String(firstStep)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once("close", (_, signal) => {
      resolve(signal);
    });
  });
  let last = firstStep - 1;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (last < firstStep) setTimeout(() => child.kill("SIGKILL"), delayMs);
    last = Number(line.slice("ack ".length));
  });
  expect(await ended).toBe("SIGKILL");
  return last;
}

beforeAll(async () => {
  // Does nothing when the build is current, as it is under the repository's test command.
  await promisify(execFile)(TSC, ["-b", PROJECT], { shell: process.platform === "win32" });
}, 300_000);

test(`${KILLS} kills while saving tear nothing and lose nothing`, async () => {
  const directory = await scratchDirectory();
  const random = createRandom({ seed: 1, stream: 0 });
  const readers = { parseConfig: stepOf, parseTrainer: stepOf, parsePreprocessing: stepOf };
  let step = 0;

  for (let kill = 0; kill < KILLS; kill++) {
    const safe = await saveUntilKilled(directory, step + 1, random.next() * LONGEST_DELAY_MS);

    const checkpoint = await loadLatestCheckpoint(directory, readers);
    step = checkpoint.state.step;
    expect(step).toBeGreaterThanOrEqual(safe);
    expect([checkpoint.config, checkpoint.trainer]).toEqual([step, step]);
    for (const { weights } of checkpoint.state.tables) expect(weights.every((w) => w === step)).toBe(true);

    const saved = await loadModelDirectory(directory, readers);
    expect(saved.config).toBeGreaterThanOrEqual(safe);
    expect(saved.preprocessing).toBe(saved.config);
    checkpoint.state.tables.forEach(({ weights }) => weights.fill(saved.config));
    expect(tableBits(saved.model)).toEqual(tableBits(packModel(spec, checkpoint.state, kernels)));
  }

  const { config, model, trainer, state } = {
    ...(await loadModelDirectory(directory, readers)),
    ...(await loadLatestCheckpoint(directory, readers)),
  };
  const card = { title: "", license: "", tags: [], description: "", metrics: {} };
  await saveModelDirectory(directory, { config, model, preprocessing: {}, card, metrics: [] });
  await saveCheckpoint(directory, { config, spec, state, best: undefined, trainer }, { keep: 2 });
  expect((await readdir(directory)).filter((name) => name.startsWith("."))).toEqual([]);
  expect((await listCheckpoints(directory)).every((entry) => entry.state.kind === "complete")).toBe(true);
}, 300_000);

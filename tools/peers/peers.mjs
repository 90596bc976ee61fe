import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadKernels, reference } from "@dqrm/core";
import { isInstalled } from "../bootstrap/install.mjs";
import { runNpm } from "../workspace/run-command.mjs";
import { compare } from "./compare.mjs";
import { onnxContender, openSession } from "./onnx-contenders.mjs";
import { ourInference, ourTraining, peerModel, peerSpec } from "./our-contenders.mjs";
import { startTorch } from "./torch-peer.mjs";

/** @import { Kernels } from "@dqrm/core" */
/** @import { Contender, Ratio, Result } from "./compare.mjs" */
/** @import { TorchPeer } from "./torch-peer.mjs" */

const home = fileURLToPath(new URL(".", import.meta.url));

const USAGE = `node tools/peers/peers.mjs [--json] [--threads N] [--rounds N] [--limit-rows N]

Runs the Kaggle model in this repository's kernels, in ONNX Runtime (installed beside this file without its install
script, 290 MB) and in PyTorch, where a Python has it; in turn, in one run. Build the packages first: npm run build`;

/** Batches of predictions and of training, with the calls of a round. */
const INFER = [
  { batch: 1, calls: 512 },
  { batch: 128, calls: 32 },
  { batch: 2048, calls: 4 },
];
const TRAIN = [
  { batch: 128, calls: 16 },
  { batch: 2048, calls: 2 },
];

/** Gives a whole number of at least 1 from an option. @param {string | undefined} text */
function count(text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new TypeError(`${text} is no whole number of at least 1\n${USAGE}`);
  return value;
}

/** Reads what the call says. */
function readOptions() {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      threads: { type: "string", default: String(availableParallelism()) },
      rounds: { type: "string", default: "9" },
      "limit-rows": { type: "string" },
    },
  });
  const limit = values["limit-rows"];
  return {
    json: values.json,
    help: values.help,
    threads: count(values.threads),
    rounds: count(values.rounds),
    limitRows: limit === undefined ? undefined : count(limit),
  };
}

/** @param {number} threads */
async function loadOurs(threads) {
  const cards = /** @type {import("@dqrm/core").KernelPlugin[]} */ ([]);
  for (const name of ["@dqrm/kernels-native", "@dqrm/kernels-wasm"]) {
    const module = await import(name).catch(() => ({}));
    cards.push(...Object.values(module).filter((value) => typeof value?.load === "function"));
  }
  return loadKernels(cards, reference, { threads });
}

/** Installs ONNX Runtime beside this file if it is not there; a reason when it cannot be had. */
async function loadOnnx() {
  if (!isInstalled(home)) {
    const { code, output } = await runNpm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: home,
    });
    if (code !== 0) return `npm ci failed in tools/peers: ${output.trim().split("\n").at(-1)}`;
  }
  const name = "onnxruntime-node";
  const module = await import(name);
  const manifest = join(home, "node_modules", name, "package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  return { ...(module.default ?? module), version };
}

/**
 * @param {TorchPeer | string} torch
 * @param {"train" | "infer"} mode
 * @param {number} batch
 * @returns {Contender[]}
 */
function torchContender(torch, mode, batch) {
  if (typeof torch === "string") return [];
  return [
    { name: "pytorch float32", ours: false, mode, batch, time: (calls) => torch.time(mode, batch, calls) },
  ];
}

/** @param {string} line */
function note(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * @param {{ kernels: Kernels, torch: TorchPeer | string, threads: number, rounds: number, limitRows: number | undefined }} run
 */
async function compareInference({ kernels, limitRows, rounds, threads, torch }) {
  const model = peerModel(kernels, limitRows);
  const runtime = await loadOnnx();
  const skipped = typeof runtime === "string" ? [`onnxruntime: ${runtime}`] : [];
  const found = [];
  const sessions = [];
  for (const products of /** @type {const} */ (["float32", "int8"])) {
    if (typeof runtime === "string") break;
    note(`opening the model in ONNX Runtime, ${products} layers`);
    sessions.push({
      products,
      runtime,
      model,
      session: await openSession(runtime, model, products, threads),
    });
  }
  for (const { batch, calls } of INFER) {
    note(`predicting batches of ${batch}`);
    const ours = ourInference(kernels, model, batch);
    if (batch === 1) skipped.push(...ours.skipped);
    const peers = await Promise.all(sessions.map((session) => onnxContender({ ...session, batch })));
    const contenders = [...ours.contenders, ...peers, ...torchContender(torch, "infer", batch)];
    found.push(await compare(contenders, { rounds, calls }));
  }
  return { found, skipped, version: typeof runtime === "string" ? null : runtime.version };
}

/**
 * @param {{ kernels: Kernels, torch: TorchPeer | string, rounds: number, limitRows: number | undefined }} run
 */
async function compareTraining({ kernels, limitRows, rounds, torch }) {
  const ours = ourTraining(
    kernels,
    limitRows,
    TRAIN.map(({ batch }) => batch),
  );
  const found = [];
  for (const [k, { batch, calls }] of TRAIN.entries()) {
    note(`training batches of ${batch}`);
    found.push(await compare([ours[k], ...torchContender(torch, "train", batch)], { rounds, calls }));
  }
  return found;
}

/** @param {number} threads @param {number | undefined} limitRows */
function torchShape(threads, limitRows) {
  const { bottom, denseFeatures, tables, top } = peerSpec(32, limitRows);
  /** @param {typeof bottom} layers */
  const sizes = (layers) => [layers[0].inputs, ...layers.map(({ outputs }) => outputs)];
  const rows = tables.map((table) => table.rows);
  return {
    dense: denseFeatures,
    rows,
    cols: tables[0].cols,
    bottom: sizes(bottom),
    top: sizes(top),
    threads,
  };
}

/** @param {readonly Result[]} results @param {readonly Ratio[]} ratios */
function text(results, ratios) {
  const rates = results.map(
    ({ batch, microsecondsPerCall, mode, name, samplesPerSecond: { best, median } }) =>
      `${mode.padEnd(5)} ${String(batch).padStart(5)}  ${name.padEnd(42)} ${thousands(median)} K/s median ${thousands(best)} K/s best ${microsecondsPerCall.toFixed(1).padStart(10)} us a call`,
  );
  const compared = ratios.map(
    ({ batch, mode, ours, peer, ratio }) =>
      `${mode.padEnd(5)} ${String(batch).padStart(5)}  ${ours} is ${ratio.toFixed(2)} times as fast as ${peer}`,
  );
  return [...rates, "", ...compared].join("\n");
}

/** @param {number} rate */
function thousands(rate) {
  return (rate / 1000).toFixed(1).padStart(8);
}

/** Compares, and prints what came of it. */
async function main() {
  const options = readOptions();
  if (options.help) return void process.stdout.write(`${USAGE}\n`);
  const { kernels, skipped: plugins } = await loadOurs(options.threads);
  note("starting PyTorch");
  const torch = await startTorch(torchShape(options.threads, options.limitRows));
  const inference = await compareInference({ ...options, kernels, torch });
  const training = await compareTraining({ ...options, kernels, torch });
  if (typeof torch !== "string") torch.close();
  const skipped = [
    ...[...plugins].map(([name, reason]) => `${name}: ${reason}`),
    ...inference.skipped,
    ...(typeof torch === "string" ? [`pytorch: ${torch}`] : []),
  ];
  const found = [...inference.found, ...training];
  const results = found.flatMap((one) => one.results);
  const ratios = found.flatMap((one) => one.ratios);
  const machine = { cpu: cpus()[0]?.model ?? "unknown", threads: options.threads };
  const isa = kernels.backends[0].machine?.isa ?? "javascript";
  const versions = {
    onnxruntime: inference.version,
    torch: typeof torch === "string" ? null : torch.version,
  };
  const report = { backend: kernels.backends[0].name, isa, machine, versions, results, ratios, skipped };
  for (const reason of skipped) note(`skipped ${reason}`);
  process.stdout.write(`${options.json ? JSON.stringify(report) : text(results, ratios)}\n`);
}

await main();

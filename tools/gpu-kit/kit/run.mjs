import { parseArgs } from "node:util";
import { checkKernels } from "./check-kernels.mjs";
import { measureCopy } from "./copy-rate.mjs";
import { openAdapter } from "./open-adapter.mjs";
import { openResults } from "./results.mjs";
import { runBench } from "./run-bench.mjs";
import { runTorch } from "./run-torch.mjs";
import { summaryText } from "./summary.mjs";

const USAGE = `run.sh [--out results] [--parts adapter,copy,conformance,bench,torch] [--shape kaggle,terabyte] [--batch 128,2048]
       [--rounds N] [--steps N] [--limit-rows N] [--torch-device cuda]

Prints the adapter, measures its copies, runs the conformance kits on it, times our kernels and PyTorch, and writes all into
the folder of results, with summary.md. What earlier calls left there enters the summary, so that a run may come in parts.`;

const SHAPES = /** @type {const} */ (["kaggle", "terabyte", "mlperf", "demo"]);

/** What is timed: training and serving in floats, as PyTorch does, and serving in codes. */
const CASES = /** @type {const} */ ([
  { mode: "train", bits: 32 },
  { mode: "infer", bits: 32 },
  { mode: "infer", bits: 4 },
]);

/** Reads the arguments. @throws {TypeError} for those that it does not know */
function readOptions() {
  const text = /** @type {const} */ ({ type: "string" });
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      out: { ...text, default: "results" },
      parts: { ...text, default: "adapter,copy,conformance,bench,torch" },
      shape: { ...text, default: "kaggle,terabyte" },
      batch: { ...text, default: "128,2048" },
      rounds: text,
      steps: text,
      "limit-rows": text,
      "torch-device": { ...text, default: "cuda" },
    },
  });
  const shapes = values.shape.split(",").map((name) => {
    const shape = SHAPES.find((one) => one === name);
    if (shape === undefined) throw new TypeError(`no shape ${name}\n${USAGE}`);
    return shape;
  });
  const flags = /** @type {const} */ (["rounds", "steps", "limit-rows"]).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}`, String(count(values[name]))],
  );
  return {
    ...values,
    shapes,
    flags,
    batches: values.batch.split(",").map(count),
    parts: values.parts.split(","),
  };
}

/** @param {string} value */
function count(value) {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new TypeError(`${value} is no whole number of at least 1\n${USAGE}`);
}

/** Runs what the arguments ask; returns whether all that ran ended well, PyTorch apart. */
async function main() {
  const options = readOptions();
  if (options.help) return void process.stdout.write(`${USAGE}\n`);
  const { batches, flags, parts, shapes } = options;
  const results = openResults(options.out);
  const good = [];
  const adapter = () => openAdapter().then(({ facts }) => facts);
  if (parts.includes("adapter")) good.push(await results.part("adapter", adapter));
  if (parts.includes("copy")) {
    const copy = async () => measureCopy((await openAdapter()).adapter);
    good.push(await results.part("copy", copy));
  }
  if (parts.includes("conformance")) {
    const conformance = async () => {
      const found = await checkKernels();
      good.push(found.kernels.failed.length === 0, found.plans.failed.length === 0);
      return found;
    };
    good.push(await results.part("conformance", conformance));
  }
  for (const shape of shapes) {
    const cases = parts.includes("bench")
      ? CASES.flatMap((one) => batches.map((batch) => ({ ...one, batch, shape })))
      : [];
    for (const one of cases) {
      const name = `bench-${shape}-${one.mode}-${one.bits}-${one.batch}`;
      // Without an adapter the reference kernels would serve, which takes minutes and is refused at the end.
      good.push(await results.part(name, () => adapter().then(() => runBench(one, flags))));
    }
    // Where there is no PyTorch, the summary says so; the run is none the worse.
    if (parts.includes("torch")) await results.part(`torch-${shape}`, () => timeTorch(shape, options));
  }
  const text = summaryText(results.read());
  results.summarise(text);
  process.stdout.write(text);
  process.exitCode = good.every(Boolean) ? 0 : 1;
}

/**
 * @param {(typeof SHAPES)[number]} shape
 * @param {ReturnType<typeof readOptions>} options
 */
async function timeTorch(shape, { batches, steps, ...options }) {
  const limit = options["limit-rows"];
  const calls = steps === undefined ? undefined : count(steps);
  const limitRows = limit === undefined ? undefined : count(limit);
  return {
    shape,
    ...(await runTorch({ shape, batches, device: options["torch-device"], calls, limitRows })),
  };
}

await main();

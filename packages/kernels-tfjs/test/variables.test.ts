import { memory, profile } from "@tensorflow/tfjs-core";
import { jaggedFrom, type Batch, type ModelSpec } from "@dqrm/core";
import { expect, test } from "vitest";
import { createTfjsBackend } from "../src/backend.ts";
import { MAX_VARIABLE_WEIGHTS, TableVariables } from "../src/plan/table-variables.ts";
import { plainSpec, smallBatch, smallState } from "./small-model.ts";
import { startBackend } from "./start-backend.ts";

const runtime = await startBackend("cpu");
const sparse = createTfjsBackend("tfjs-cpu", runtime);
const dense = createTfjsBackend("tfjs-cpu-dense", runtime, "variables");

const OPTIONS = { maxBatch: 8 };

function withRows(rows: number): ModelSpec {
  return { ...plainSpec, tables: plainSpec.tables.map((table) => ({ ...table, rows })) };
}

/** Counts the bytes that tensors take at most in a step beyond what is there before it, and those that cross. */
async function bytesOfStep(
  backend: typeof sparse,
  rows: number,
): Promise<{ readonly peak: number; readonly crossing: number }> {
  const spec = withRows(rows);
  const plan = backend.plans.training!(spec, smallState(spec), OPTIONS)!;
  const batch = smallBatch(1);
  plan.step(batch, 0.1);
  const { receivedBytes, sentBytes } = runtime.crossed;
  const held = memory().numBytes;
  const { peakBytes } = await profile(() => {
    plan.step(batch, 0.1);
    return [];
  });
  const crossing = runtime.crossed.receivedBytes + runtime.crossed.sentBytes - receivedBytes - sentBytes;
  return { peak: peakBytes - held, crossing };
}

// The numbers of docs/adopt/kernels-tfjs.md; a row has two tables of 4 floats, and a dense step makes five tensors of their size.
test.each([1000, 10_000, 100_000])(
  "with %i rows, tensors of a step do not grow where tables stay here, and do where they are variables",
  async (rows) => {
    const here = await bytesOfStep(sparse, rows);
    const variables = await bytesOfStep(dense, rows);

    expect(here).toEqual({ peak: 9184, crossing: 676 });
    expect(variables).toEqual({ peak: 11_552 + 5 * 32 * rows, crossing: 356 });
  },
);

test("tables as variables with more weights than the limit are refused by name", () => {
  const rows = MAX_VARIABLE_WEIGHTS / 4;
  const spec = withRows(rows);

  expect(() => new TableVariables(spec, smallState(withRows(1)), runtime)).toThrow(
    `weights of tables that are variables of TensorFlow.js is ${8 * rows}, more than MAX_VARIABLE_WEIGHTS`,
  );
});

test("a model whose rows have a penalty is declined, for a dense step would decay all of them", () => {
  const spec = { ...plainSpec, regularization: { l2: 0.1, dropout: { rate: 0, seed: 1 } } };

  expect(dense.plans.training!(spec, smallState(spec), OPTIONS)).toBeUndefined();
  expect(dense.declines?.["training"]).toContain("L2");
});

test("weighted bags, empty bags and arrays longer than the batch give what tables here give", () => {
  const bag = { ...jaggedFrom([[3, 3, 5], [], [999]]), weights: Float32Array.of(0.5, 2, -1, 3) };
  const batch: Batch = { ...smallBatch(2), size: 2, bags: [bag, jaggedFrom([[], [], []])] };
  const losses = [sparse, dense].map((backend) => {
    const plan = backend.plans.training!(plainSpec, smallState(plainSpec), OPTIONS)!;
    return [1, 2, 3].map(() => plan.step(batch, 0.5));
  });

  // The losses are near 1; each step rounds a few dozen sums.
  losses[1].forEach((loss, k) => expect(Math.abs(loss - losses[0][k])).toBeLessThan(100 * 2 ** -24));
});

test("an index outside its table is refused and leaves no tensor behind", () => {
  const plan = dense.plans.training!(plainSpec, smallState(plainSpec), OPTIONS)!;
  const before = memory().numTensors;

  expect(() =>
    plan.step({ ...smallBatch(1, 1), bags: [jaggedFrom([[1000]]), jaggedFrom([[0]])] }, 1),
  ).toThrow("index 1000");

  expect(memory().numTensors).toBe(before);
});

test("steps leave no tensor behind", () => {
  const plan = dense.plans.training!(plainSpec, smallState(plainSpec), OPTIONS)!;
  plan.step(smallBatch(1), 0.1);
  const before = memory().numTensors;

  for (let seed = 2; seed < 6; seed++) {
    plan.step(smallBatch(seed), 0.1);
    plan.forwardBackward(smallBatch(seed));
    plan.apply(0.1);
    plan.infer(smallBatch(seed), new Float32Array(8));
    plan.sync();
    plan.reload();
  }

  expect(memory().numTensors).toBe(before);
});

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memory } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { createTfjsBackend } from "../src/backend.ts";
import { smallBatch, smallSpec, smallState } from "./small-model.ts";
import { startBackend } from "./start-backend.ts";

const backend = createTfjsBackend("tfjs-cpu", await startBackend("cpu"));

const OPTIONS = { maxBatch: 8 };

test("steps, exchanged gradients and predictions leave no tensor behind", () => {
  const state = smallState(smallSpec);
  const plan = backend.plans.training!(smallSpec, state, OPTIONS)!;
  const everything = (seed: number): void => {
    plan.step(smallBatch(seed), 0.1);
    plan.forwardBackward(smallBatch(seed, 3));
    plan.apply(0.1);
    plan.infer(smallBatch(seed), new Float32Array(8));
    plan.sync();
    plan.reload();
    plan.infer(smallBatch(seed), new Float32Array(8));
  };
  everything(0);
  const before = memory().numTensors;

  for (let seed = 1; seed < 10; seed++) everything(seed);

  expect(memory().numTensors).toBe(before);
});

test("a step that fails leaves no tensor behind, and the next one works", () => {
  const plan = backend.plans.training!(smallSpec, smallState(smallSpec), OPTIONS)!;
  const batch = smallBatch(1);
  plan.step(batch, 0.1);
  const before = memory().numTensors;
  const hostile = { ...batch, labels: batch.labels.map(() => 2) };
  const outside = {
    ...batch,
    bags: batch.bags.map((bag) => ({ ...bag, indices: bag.indices.map(() => -1) })),
  };

  expect(() => plan.step(hostile, 0.1)).toThrow("labels[0] is 2");
  expect(() => plan.step(outside, 0.1)).toThrow("index -1");
  expect(() => plan.step(batch, Number.NaN)).toThrow("learningRate");

  expect(plan.step(batch, 0.1)).toBeGreaterThan(0);
  expect(memory().numTensors).toBe(before);
});

test("a plan that nothing uses any more gives its tensors back", async () => {
  setFlagsFromString("--expose-gc");
  // The engine puts its collector there under this flag.
  const collect = runInNewContext("gc") as () => void;
  backend.plans.training!(smallSpec, smallState(smallSpec), OPTIONS)!.step(smallBatch(1), 0.1);
  expect(memory().numTensors).toBeGreaterThan(0);

  for (let turn = 0; turn < 50 && memory().numTensors > 0; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  expect(memory().numTensors).toBe(0);
});

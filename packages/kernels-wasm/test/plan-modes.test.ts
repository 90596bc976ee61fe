import {
  compileTraining,
  createArena,
  createKernels,
  reference,
  type Arena,
  type TrainingPlan,
} from "@dqrm/core";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { startWorker } from "../src/node/start-worker.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";
import { firstDifference, parametersOf, wideBatches, wideModel, wideState } from "./wide-model.ts";

const SIZE = 101;
const RATE = 0.05;

const runtime = await createRuntime<TrainingExports>({
  module: trainingModule,
  threads: 2,
  startWorker,
  maximumPages: 1 << 13,
});
const kernels = createKernels([createBackend(runtime), reference]);
const periodic = {
  kind: "fake",
  bits: 4,
  granularity: { kind: "table" },
  refresh: { kind: "periodic", periodSteps: 3 },
} as const;
const MODELS = {
  "a new scale at every step": wideModel(
    { ...periodic, refresh: { kind: "every-step" } },
    { kind: "sgd" },
    8,
  ),
  "scales of a period, adagrad": wideModel(periodic, { kind: "adagrad", epsilon: 1e-8 }),
} as const;

/** Names what is called, in this order: a fused step, a split one, the first half of one, a prediction. */
const CALLS = "step step split infer split step half step infer split infer half infer step split".split(" ");

/** Trains in both ways by turns; `between` comes before each call. */
function train(
  spec: (typeof MODELS)[keyof typeof MODELS],
  arena: Arena,
  between: (plan: TrainingPlan) => void = () => undefined,
): Float32Array {
  const state = wideState(spec, arena);
  const plan = compileTraining(spec, state, kernels, { maxBatch: SIZE });
  const batches = wideBatches(spec, CALLS.length, SIZE);
  const predictions = new Float32Array(SIZE);
  const seen: number[] = [];
  CALLS.forEach((call, k) => {
    between(plan);
    if (call === "step") seen.push(plan.step(batches[k], RATE));
    if (call === "infer") {
      plan.infer(batches[k], predictions);
      seen.push(...predictions);
    }
    if (call === "split" || call === "half") seen.push(plan.forwardBackward(batches[k]));
    if (call === "split") plan.apply(RATE);
  });
  plan.sync();
  return Float32Array.from([...seen, state.step, ...parametersOf(state)]);
}

for (const [name, spec] of Object.entries(MODELS)) {
  test(`fused and split steps see each other's weights without a reload: ${name}`, () => {
    const reloaded = train(spec, kernels.createArena(1 << 20), (plan) => {
      plan.sync();
      plan.reload();
    });

    const mixed = train(spec, kernels.createArena(1 << 20));

    expect(firstDifference(mixed, reloaded)).toBe(-1);
  });

  test(`fused and split steps see each other's weights in a state outside the memory: ${name}`, () => {
    const inside = train(spec, kernels.createArena(1 << 20));

    const outside = train(spec, createArena(1 << 20));

    expect(firstDifference(outside, inside)).toBe(-1);
  });
}

test("a prediction between forwardBackward and apply leaves no gradients to apply", () => {
  const spec = MODELS["a new scale at every step"];
  const plan = compileTraining(spec, wideState(spec, createArena(1 << 20)), kernels, { maxBatch: SIZE });
  const [batch] = wideBatches(spec, 1, SIZE);
  plan.forwardBackward(batch);

  plan.infer(batch, new Float32Array(SIZE));

  expect(() => {
    plan.apply(RATE);
  }).toThrow("no gradient is there");
});

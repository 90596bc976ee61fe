import { createArena, defineKernels, type Arena, type ModelSpec, type TrainingPlan } from "@dqrm/core";
import { expect, test } from "vitest";
import { startWorker } from "../src/node/start-worker.ts";
import { preparePlans } from "../src/plan/plans.ts";
import { createRuntime, type Runtime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";
import { firstDifference, parametersOf, wideBatches, wideModel, wideState } from "./wide-model.ts";

/** Large enough for a step to be worth the waking of threads, and no multiple of a part. */
const SIZE = 101;
const STEPS = 6;

const fake = {
  kind: "fake",
  bits: 4,
  granularity: { kind: "table" },
  refresh: { kind: "every-step" },
} as const;
const MODELS: Readonly<Record<string, ModelSpec>> = {
  "FP32, sgd": wideModel({ kind: "none" }, { kind: "sgd" }),
  "INT4 tables and layers, sgd": wideModel(fake, { kind: "sgd" }, 4),
  "INT4 tables, rowwise-adagrad": wideModel(fake, { kind: "rowwise-adagrad", epsilon: 1e-8 }),
  "INT8 layers of one scale, adagrad": {
    ...wideModel(fake, { kind: "adagrad", epsilon: 1e-8 }),
    linearQuantization: { kind: "fake", bits: 8, granularity: "matrix", bias: "float" },
  },
};

const runtimes = await Promise.all(
  [1, 2, 3].map((threads) =>
    createRuntime<TrainingExports>({ module: trainingModule, threads, startWorker, maximumPages: 1 << 12 }),
  ),
);

/** Trains without kernels of single ops, so that the executor could only be the reference's. */
function train(
  runtime: Runtime<TrainingExports>,
  spec: ModelSpec,
  arena: Arena,
  between: (plan: TrainingPlan, step: number) => void = () => undefined,
): Float32Array {
  const state = wideState(spec, arena);
  const { training } = preparePlans(runtime, defineKernels("none", {}));
  const plan = training!(spec, state, { maxBatch: SIZE })!;
  const batches = wideBatches(spec, STEPS, SIZE);
  const losses = batches.map((batch, step) => {
    between(plan, step);
    return plan.step(batch, 0.1);
  });
  const predictions = new Float32Array(SIZE);
  plan.infer(batches[0], predictions);
  plan.sync();
  return Float32Array.from([...losses, ...predictions, ...parametersOf(state)]);
}

test("as many threads run as were asked for", () => {
  expect(runtimes.map(({ threads }) => threads)).toEqual([1, 2, 3]);
});

for (const [name, spec] of Object.entries(MODELS)) {
  test(`one, two and three threads train to the same bits: ${name}`, () => {
    const [one, two, three] = runtimes.map((runtime) => train(runtime, spec, runtime.createArena(1 << 20)));

    expect(firstDifference(two, one)).toBe(-1);
    expect(firstDifference(three, one)).toBe(-1);
  });

  test(`a state outside the memory trains to the same bits as one inside: ${name}`, () => {
    const [runtime] = runtimes;

    const inside = train(runtime, spec, runtime.createArena(1 << 20));
    const outside = train(runtime, spec, createArena(1 << 20));

    expect(firstDifference(outside, inside)).toBe(-1);
  });

  test(`reading the state anew changes no bit: ${name}`, () => {
    const [, runtime] = runtimes;
    const plain = train(runtime, spec, createArena(1 << 20));

    const reloaded = train(runtime, spec, createArena(1 << 20), (plan, step) => {
      if (step !== 3) return;
      plan.sync();
      plan.reload();
    });

    expect(firstDifference(reloaded, plain)).toBe(-1);
  });
}

test("every step is done by the job itself", () => {
  const [runtime] = runtimes;
  const updates: number[] = [];

  train(runtime, MODELS["INT4 tables and layers, sgd"], runtime.createArena(1 << 20), (plan, step) => {
    const seconds = plan.stageSeconds?.() ?? {};
    if (step > 0) updates.push(seconds["layerUpdate"]);
  });

  expect(updates.length).toBe(STEPS - 1);
  expect(updates.every((seconds) => seconds > 0)).toBe(true);
});

test("a runtime that was closed goes on with one thread, to the same bits", async () => {
  const spec = MODELS["INT4 tables and layers, sgd"];
  const expected = train(runtimes[0], spec, createArena(1 << 20));
  const runtime = await createRuntime<TrainingExports>({
    module: trainingModule,
    threads: 2,
    startWorker,
    maximumPages: 1 << 12,
  });

  await runtime.close();
  const alone = train(runtime, spec, runtime.createArena(1 << 20));

  expect(runtime.threads).toBe(1);
  expect(firstDifference(alone, expected)).toBe(-1);
});

test("a runtime without shared memory trains to the same bits", async () => {
  const spec = MODELS["INT4 tables, rowwise-adagrad"];
  const expected = train(runtimes[0], spec, createArena(1 << 20));
  const runtime = await createRuntime<TrainingExports>({
    module: trainingModule,
    threads: 2,
    startWorker,
    maximumPages: 1 << 12,
    mayShare: false,
  });

  const alone = train(runtime, spec, runtime.createArena(1 << 20));

  expect(runtime.threads).toBe(1);
  expect(firstDifference(alone, expected)).toBe(-1);
});

import {
  compileTraining,
  createArena,
  createKernels,
  isDqrmError,
  reference,
  type Batch,
  type ErrorCode,
  type TrainingPlan,
} from "@dqrm/core";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { startWorker } from "../src/node/start-worker.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";
import { firstDifference, parametersOf, wideBatches, wideModel, wideState } from "./wide-model.ts";

const SIZE = 40;

const runtime = await createRuntime<TrainingExports>({
  module: trainingModule,
  threads: 2,
  startWorker,
  maximumPages: 1 << 12,
});
const kernels = createKernels([createBackend(runtime), reference]);
const fake = { kind: "fake", bits: 8, granularity: { kind: "table" }, refresh: { kind: "once" } } as const;
const spec = wideModel(fake, { kind: "sgd" }, 8);
const [good, other] = wideBatches(spec, 2, SIZE);

function codeOf(call: () => void): ErrorCode | undefined {
  try {
    call();
  } catch (error) {
    const codes = ["SHAPE", "INDEX_RANGE", "VALUE", "LIMIT", "NON_FINITE", "STATE"] as const;
    return codes.find((code) => isDqrmError(error, code));
  }
  return undefined;
}

function changed(
  change: (bags: { indices: Int32Array; offsets: Int32Array; weights: Float32Array }) => void,
): Batch {
  const bags = good.bags.map(({ indices, offsets }) => ({
    indices: indices.slice(),
    offsets: offsets.slice(),
    weights: new Float32Array(indices.length).fill(1),
  }));
  change(bags[25]);
  return { ...good, bags };
}

const HOSTILE: readonly (readonly [string, ErrorCode, Batch])[] = [
  ["an index before the table", "INDEX_RANGE", changed(({ indices }) => (indices[indices.length - 1] = -1))],
  ["an index behind the table", "INDEX_RANGE", changed(({ indices }) => (indices[3] = 2 ** 31 - 1))],
  ["offsets that fall", "VALUE", changed(({ offsets }) => (offsets[5] = offsets[4] - 1))],
  ["offsets behind the indices", "VALUE", changed(({ offsets }) => (offsets[SIZE] += 1))],
  ["a first offset below zero", "VALUE", changed(({ offsets }) => (offsets[0] = -1))],
  [
    "too few weights",
    "SHAPE",
    {
      ...good,
      bags: good.bags.map(({ indices, offsets }) => ({ indices, offsets, weights: new Float32Array(1) })),
    },
  ],
  ["a dense feature that is NaN", "NON_FINITE", { ...good, dense: good.dense.with(7, Number.NaN) }],
  ["dense features whose products overflow", "NON_FINITE", { ...good, dense: good.dense.map(() => 3e38) }],
  ["a label above 1", "VALUE", { ...good, labels: good.labels.with(3, 1.5) }],
  ["a label that is NaN", "NON_FINITE", { ...good, labels: good.labels.with(3, Number.NaN) }],
  ["a batch that is too large", "LIMIT", { ...good, size: SIZE + 1 }],
  ["too few labels", "SHAPE", { ...good, labels: good.labels.subarray(0, SIZE - 1) }],
];

function trained(): { readonly plan: TrainingPlan; parameters(): Float32Array } {
  const state = wideState(spec, kernels.createArena(1 << 20));
  const plan = compileTraining(spec, state, kernels, { maxBatch: SIZE });
  plan.step(good, 0.1);
  return {
    plan,
    parameters() {
      plan.sync();
      return parametersOf(state);
    },
  };
}

for (const [name, code, batch] of HOSTILE) {
  test(`${name} is refused with ${code}, changes no parameter, and the training goes on`, () => {
    const { parameters, plan } = trained();
    const before = parameters();

    const refusal = codeOf(() => plan.step(batch, 0.1));

    expect(refusal).toBe(code);
    expect(firstDifference(parameters(), before)).toBe(-1);
    const undisturbed = trained();
    expect(plan.step(other, 0.1)).toBe(undisturbed.plan.step(other, 0.1));
    expect(firstDifference(parameters(), undisturbed.parameters())).toBe(-1);
  });
}

test("a learning rate that is not finite is refused with VALUE and changes no parameter", () => {
  const { parameters, plan } = trained();
  const before = parameters();

  const refusals = [Number.NaN, Infinity].map((rate) => codeOf(() => plan.step(other, rate)));

  expect(refusals).toEqual(["VALUE", "VALUE"]);
  expect(firstDifference(parameters(), before)).toBe(-1);
});

test("a gradient that overflows although all activations are finite is refused with NON_FINITE", () => {
  const { parameters, plan } = trained();
  const before = parameters();
  const bags = good.bags.map(({ indices, offsets }, t) =>
    t === 25
      ? { indices, offsets, weights: new Float32Array(indices.length).fill(3e38) }
      : { indices, offsets },
  );

  const refusal = codeOf(() => plan.step({ ...good, bags }, 0.1));

  expect(refusal).toBe("NON_FINITE");
  expect(firstDifference(parameters(), before)).toBe(-1);
});

test("a step whose gradients only might overflow is taken, as the reference takes it", () => {
  // The feature has no weight yet: activations stay small, and its gradient, below 1e38, is finite although the
  // bound of all sums, 40 samples times 1e38, is not.
  const dense = good.dense.map((value, i) => (i === 0 ? 1e37 : i % 13 === 0 ? 0 : value));
  const run = (backends: Parameters<typeof createKernels>[0]): readonly number[] => {
    const plain = wideModel({ kind: "none" }, { kind: "sgd" });
    const chosen = createKernels(backends);
    const state = wideState(plain, chosen.createArena(1 << 20));
    for (let o = 0; o < 64; o++) state.bottom[0].weight[o * 13] = 0;
    const plan = compileTraining(plain, state, chosen, { maxBatch: SIZE });
    plan.step({ ...good, dense }, 1e-37);
    plan.sync();
    return [...state.bottom[0].weight];
  };

  const actual = run([createBackend(runtime), reference]);
  const expected = run([reference]);

  // The gradient is a sum of products of 3 layers of at most 367 terms, each rounded to f32.
  const bound = 4 * 367 * 3 * 2 ** -24;
  expect(expected.some((weight) => Math.abs(weight) > 1e-6)).toBe(true);
  actual.forEach((weight, i) => expect(Math.abs(weight - expected[i])).toBeLessThanOrEqual(bound));
});

test("a state that the memory has no room for is refused with LIMIT, and the refusal names the native kernels", async () => {
  const small = await createRuntime<TrainingExports>({
    module: trainingModule,
    threads: 1,
    maximumPages: 256,
  });
  const large = { ...spec, tables: spec.tables.map((table) => ({ ...table, rows: 16384 })) };
  const state = wideState(large, createArena(1 << 20));
  const { plans } = createBackend(small);
  let refusal: unknown;

  try {
    plans.training?.(large, state, { maxBatch: SIZE });
  } catch (error) {
    refusal = error;
  }

  expect(isDqrmError(refusal, "LIMIT")).toBe(true);
  expect(String(refusal)).toContain("@dqrm/kernels-native");
});

test("a learning rate beyond f32 leaves rows whose gradient is zero as they are", () => {
  const { parameters, plan } = trained();
  const tablesEnd = spec.tables.reduce((sum, { cols, rows }) => sum + rows * cols + 1, 0);
  const before = parameters().subarray(0, tablesEnd);
  const bags = good.bags.map(({ indices, offsets }) => ({
    indices,
    offsets,
    weights: new Float32Array(indices.length),
  }));

  plan.step({ ...good, bags }, 1e300);

  expect(firstDifference(parameters().subarray(0, tablesEnd), before)).toBe(-1);
});

import {
  compileTraining,
  createKernels,
  isDqrmError,
  reference,
  symmetricScale,
  type Batch,
  type ErrorCode,
  type ModelSpec,
  type ModelState,
  type TrainingPlan,
} from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { doubleModel, doubleStep } from "./double-step.ts";
import { backendUnderTest, ISAS, loadUnderTest } from "./native-under-test.ts";
import { digestsOf, COLS, int4, wideBatch, wideSpec, wideState, weightsOf } from "./wide-model.ts";

const available = await loadUnderTest({ threads: 1 });
const reason = "unavailable" in available ? available.unavailable : undefined;
const suite = describe.skipIf(reason !== undefined);

interface Trained {
  readonly plan: TrainingPlan;
  readonly state: ModelState;
}

async function compile(spec: ModelSpec, threads: number, isa?: string): Promise<Trained> {
  const state = wideState(spec);
  const backend = await backendUnderTest(isa === undefined ? { threads } : { threads, isa });
  return {
    state,
    plan: compileTraining(spec, state, createKernels([backend, reference]), { maxBatch: 300 }),
  };
}

const channels = { kind: "fake", bits: 4, granularity: "channel", bias: "same" } as const;
const matrix = { kind: "fake", bits: 8, granularity: "matrix", bias: "float" } as const;
const adagrad = { kind: "adagrad", epsilon: 1e-6 } as const;
const rowwise = { kind: "rowwise-adagrad", epsilon: 1e-6 } as const;

const MODELS = {
  "in FP32": wideSpec(),
  "in INT4, layers too": wideSpec({ linearQuantization: channels }, int4),
  "with one scale for each matrix": wideSpec({ linearQuantization: matrix }, int4),
  "by adagrad": wideSpec({ optimizer: adagrad }, int4),
  "by rowwise adagrad": wideSpec({ optimizer: rowwise }),
};

suite("a training plan", () => {
  test.each(Object.entries(MODELS))("gives the same bits on any number of threads, %s", async (_, spec) => {
    const runs = await Promise.all([1, 2, 3].map((threads) => compile(spec, threads)));

    const results = runs.map(({ plan, state }) => {
      const losses = [64, 300, 7, 129].map((size, k) => plan.step(wideBatch(k, size, k % 2 === 1), 0.1));
      plan.sync();
      return { losses, weights: digestsOf(state) };
    });

    for (const result of results.slice(1)) expect(result).toStrictEqual(results[0]);
  });

  test("stays within 1e-7 of a step in double, relative to the largest weight of each array", async () => {
    const spec = wideSpec();
    for (const isa of ISAS) {
      const loaded = await loadUnderTest({ isa });
      if ("unavailable" in loaded) continue;
      const { plan, state } = await compile(spec, 2, isa);
      const exact = doubleModel(spec, state);
      const batch = wideBatch(9, 96, false);

      const loss = plan.step(batch, 0.1);

      const expectedLoss = doubleStep(exact, batch, COLS, 0.1);
      plan.sync();
      expect(Math.abs(loss - expectedLoss)).toBeLessThan(1e-7);
      const pairs = [
        ...exact.tables.map((table, t) => [table, state.tables[t].weights] as const),
        ...exact.bottom.flatMap(
          (l, k) =>
            [
              [l.weight, state.bottom[k].weight],
              [l.bias, state.bottom[k].bias],
            ] as const,
        ),
        ...exact.top.flatMap(
          (l, k) =>
            [
              [l.weight, state.top[k].weight],
              [l.bias, state.top[k].bias],
            ] as const,
        ),
      ];
      for (const [expected, actual] of pairs) {
        const scale = expected.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
        const off = expected.reduce((most, w, i) => Math.max(most, Math.abs(w - actual[i])), 0);
        expect(off / scale).toBeLessThan(1e-7);
      }
    }
  });

  test("chooses the exact scale of every table at each of 10,400 table-steps", async () => {
    const spec = wideSpec({}, int4);
    const { plan, state } = await compile(spec, 2);

    for (let step = 0; step < 400; step++) {
      const expected = state.tables.map(({ weights }) => symmetricScale(absmax(weights), 4));
      plan.step(wideBatch(step, 12, step % 5 === 0), 0.3);
      expect(state.tables.map(({ scale }) => scale[0])).toEqual(expected);
    }
  });

  test("serves what it trained, before and after its weights were read back", async () => {
    const { plan } = await compile(wideSpec({ linearQuantization: channels }, int4), 2);
    const batch = wideBatch(3, 200, true);
    plan.step(batch, 0.1);
    const predictions = [1, 2].map(() => new Float32Array(200));

    plan.infer(batch, predictions[0]);
    plan.sync();
    plan.reload();
    plan.infer(batch, predictions[1]);

    expect(predictions[1]).toStrictEqual(predictions[0]);
  });

  test("goes on from gradients that a caller applied", async () => {
    const spec = wideSpec();
    const [fused, split] = await Promise.all([compile(spec, 2), compile(spec, 2)]);
    const batches = [0, 1, 2].map((k) => wideBatch(k, 30, false));

    for (const batch of batches) fused.plan.step(batch, 0.1);
    split.plan.step(batches[0], 0.1);
    split.plan.forwardBackward(batches[1]);
    split.plan.apply(0.1);
    split.plan.step(batches[2], 0.1);

    fused.plan.sync();
    split.plan.sync();
    const [a, b] = [weightsOf(fused.state), weightsOf(split.state)];
    const off = a.map((array, k) => array.reduce((most, w, i) => Math.max(most, Math.abs(w - b[k][i])), 0));
    // Sums of at most 300 terms in f32 on either way, of gradients far below 1.
    expect(Math.max(...off)).toBeLessThan(300 * 2 ** -23);
    expect(split.state.step).toBe(3);
  });
});

function absmax(weights: Float32Array): number {
  let most = 0;
  for (const weight of weights) most = Math.max(most, Math.abs(weight));
  return most;
}

interface Refusal {
  readonly what: string;
  readonly code: ErrorCode;
  readonly batch: (good: Batch) => Batch;
}

const cut = <T extends Float32Array | Int32Array>(array: T): T => array.slice(0, array.length - 1) as T;
const bagsWith = (good: Batch, change: Partial<Batch["bags"][number]>): Batch => ({
  ...good,
  bags: good.bags.map((bag, f) => (f === 25 ? { ...bag, ...change } : bag)),
});
const detached = (array: Float32Array): Float32Array => {
  const copy = array.slice();
  structuredClone(copy.buffer, { transfer: [copy.buffer] });
  return copy;
};

const REFUSALS: readonly Refusal[] = [
  { what: "dense features that are too short", code: "SHAPE", batch: (b) => ({ ...b, dense: cut(b.dense) }) },
  { what: "labels that are too short", code: "SHAPE", batch: (b) => ({ ...b, labels: cut(b.labels) }) },
  {
    what: "dense features that were transferred",
    code: "SHAPE",
    batch: (b) => ({ ...b, dense: detached(b.dense) }),
  },
  { what: "a feature too few", code: "SHAPE", batch: (b) => ({ ...b, bags: b.bags.slice(1) }) },
  {
    what: "offsets that are too short",
    code: "SHAPE",
    batch: (b) => bagsWith(b, { offsets: cut(b.bags[25].offsets) }),
  },
  {
    what: "weights that are too short",
    code: "SHAPE",
    batch: (b) => bagsWith(b, { weights: new Float32Array(0) }),
  },
  {
    what: "offsets past the indices",
    code: "VALUE",
    batch: (b) => bagsWith(b, { indices: cut(b.bags[25].indices) }),
  },
  {
    what: "offsets that fall",
    code: "VALUE",
    batch: (b) => bagsWith(b, { offsets: b.bags[25].offsets.slice().reverse() }),
  },
  {
    what: "an index past the table",
    code: "INDEX_RANGE",
    batch: (b) => bagsWith(b, { indices: b.bags[25].indices.map(() => 700) }),
  },
  {
    what: "a negative index",
    code: "INDEX_RANGE",
    batch: (b) => bagsWith(b, { indices: b.bags[25].indices.map(() => -1) }),
  },
  {
    what: "a dense feature that is NaN",
    code: "NON_FINITE",
    batch: (b) => ({ ...b, dense: b.dense.map((v, i) => (i === 70 ? NaN : v)) }),
  },
  {
    what: "a label that is infinite",
    code: "NON_FINITE",
    batch: (b) => ({ ...b, labels: b.labels.map(() => Infinity) }),
  },
  { what: "a label above one", code: "VALUE", batch: (b) => ({ ...b, labels: b.labels.map(() => 1.5) }) },
  { what: "no samples", code: "VALUE", batch: (b) => ({ ...b, size: 0 }) },
  { what: "more samples than it was compiled for", code: "LIMIT", batch: (b) => ({ ...b, size: 301 }) },
];

suite("a training plan declines", () => {
  test.each(["int8", "codes"] as const)("products in %s", async (products) => {
    const { plans } = await backendUnderTest({ threads: 1 });
    const spec = wideSpec();

    const plan = plans.training?.(spec, wideState(spec), { maxBatch: 2, products });

    expect(plan).toBe(undefined);
  });
});

suite("a training plan refuses, and changes nothing for,", () => {
  test.each(REFUSALS)("$what", async ({ batch, code }) => {
    const { plan, state } = await compile(wideSpec(), 2);
    plan.step(wideBatch(0, 20, false), 0.1);
    plan.sync();
    const before = digestsOf(state);

    expect(codeOf(() => plan.step(batch(wideBatch(1, 20, false)), 0.1))).toBe(code);

    plan.sync();
    expect(digestsOf(state)).toStrictEqual(before);
    expect(state.step).toBe(1);
  });

  test("gradients that are infinite although every activation is finite", async () => {
    const { plan, state } = await compile(wideSpec(), 2);
    for (const { weight } of state.top) weight.fill(1e19);
    plan.reload();
    const before = digestsOf(state);

    expect(codeOf(() => plan.step(wideBatch(1, 20, false), 0.1))).toBe("NON_FINITE");

    plan.sync();
    expect(digestsOf(state)).toStrictEqual(before);
  });

  test("a learning rate that is not finite", async () => {
    const { plan } = await compile(wideSpec(), 2);

    expect(codeOf(() => plan.step(wideBatch(1, 20, false), Infinity))).toBe("VALUE");
  });

  test("no rate that an f32 cannot hold, but steps as the reference does", async () => {
    const spec = wideSpec();
    const batch = wideBatch(1, 20, false);
    for (const rate of [1e-42, 1e39]) {
      const { plan, state } = await compile(spec, 2);
      const expected = wideState(spec);
      const exact = compileTraining(spec, expected, createKernels([reference]), { maxBatch: 300 });

      plan.step(batch, rate);

      exact.step(batch, rate);
      plan.sync();
      const pairs = weightsOf(state).map((array, k) => [array, weightsOf(expected)[k]] as const);
      for (const [actual, wanted] of pairs) {
        expect(actual.filter((w) => !Number.isFinite(w)).length).toBe(
          wanted.filter((w) => !Number.isFinite(w)).length,
        );
      }
    }
  });

  test("weights whose memory was transferred", async () => {
    const spec = wideSpec();
    const state = wideState(spec);
    const top = state.top.map((layer, k) => (k === 0 ? { ...layer, weight: layer.weight.slice() } : layer));
    const kernels = createKernels([await backendUnderTest({ threads: 1 }), reference]);
    const plan = compileTraining(spec, { ...state, top }, kernels, { maxBatch: 300 });
    const { buffer } = top[0].weight;
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });

    expect(codeOf(() => plan.step(wideBatch(1, 20, false), 0.1))).toBe("STATE");
    expect(codeOf(() => plan.sync())).toBe("STATE");
  });
});

function codeOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error && "code" in error && isDqrmError(error, error.code as ErrorCode)
      ? error.code
      : String(error);
  }
  return "nothing was refused";
}

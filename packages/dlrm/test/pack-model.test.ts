import {
  BIT_WIDTHS,
  compileInference,
  compileTraining,
  createArena,
  createKernels,
  reference,
  type LinearQuantization,
  type ModelSpec,
  type OptimizerSpec,
  type ScaleGranularity,
  type ScaleRefresh,
  type TableQuantization,
} from "@dqrm/core";
import { describe, expect, test } from "vitest";
import {
  allocateSnapshot,
  copyWeights,
  decodePackedModel,
  encodePackedModel,
  joinBytes,
  packModel,
} from "../src/index.ts";
import { mixedSpec, randomBatch, randomState, smallSpec, storedSpec } from "./model-cases.ts";

const kernels = createKernels([reference]);
const BATCH = 9;
const RATE = 0.5;

/** Trains `steps` steps; returns what the training plan and the packed model predict for a fresh batch. */
function predictions(
  spec: ModelSpec,
  steps: number,
): { readonly trained: Float32Array; readonly packed: Float32Array } {
  const state = randomState(spec, 3);
  const plan = compileTraining(spec, state, kernels, { maxBatch: BATCH });
  for (let k = 0; k < steps; k++) plan.step(randomBatch(spec, BATCH, 100 + k), RATE);
  const batch = randomBatch(spec, BATCH, 5);
  const trained = new Float32Array(BATCH);
  const packed = new Float32Array(BATCH);
  // Packed before the plan infers: nothing that inference refreshes may be needed.
  const file = joinBytes(encodePackedModel(packModel(spec, state, kernels)).parts);
  plan.infer(batch, trained);
  compileInference(decodePackedModel("f", file), kernels, { maxBatch: BATCH }).infer(batch, packed);
  return { trained, packed };
}

const everyStep: ScaleRefresh = { kind: "every-step" };
const perTable: ScaleGranularity = { kind: "table" };

const firstSteps = { bits: 8, at: "layers", range: { kind: "running" } } as const;

function fake(overrides: Partial<Extract<TableQuantization, { kind: "fake" }>>): TableQuantization {
  return { kind: "fake", bits: 4, granularity: perTable, refresh: everyStep, ...overrides };
}

describe("inference over the packed model equals the training plan's, bit for bit", () => {
  test.each(BIT_WIDTHS)("with tables of %i bits", (bits) => {
    const { packed, trained } = predictions(smallSpec([fake({ bits }), fake({ bits }), fake({ bits })]), 3);

    expect(packed).toEqual(trained);
  });

  test.each<ScaleGranularity>([perTable, { kind: "row" }, { kind: "group", groupCols: 2 }])(
    "with %j scales",
    (granularity) => {
      const { packed, trained } = predictions(
        smallSpec([fake({ granularity }), fake({ granularity, bits: 3 })]),
        3,
      );

      expect(packed).toEqual(trained);
    },
  );

  const refreshes: readonly ScaleRefresh[] = [
    everyStep,
    { kind: "periodic", periodSteps: 2 },
    { kind: "periodic", periodSteps: 100 },
    { kind: "once" },
  ];
  test.each(refreshes.flatMap((refresh) => [0, 1, 2, 3].map((steps) => ({ refresh, steps }))))(
    "with scales refreshed as $refresh after $steps steps",
    ({ refresh, steps }) => {
      const { packed, trained } = predictions(
        smallSpec([fake({ refresh }), fake({ refresh, bits: 8 })]),
        steps,
      );

      expect(packed).toEqual(trained);
    },
  );

  const layers: readonly LinearQuantization[] = ([4, 8] as const).flatMap((bits) =>
    (["channel", "matrix"] as const).flatMap((granularity) =>
      (["float", "same"] as const).map((bias): LinearQuantization => ({
        kind: "fake",
        bits,
        granularity,
        bias,
      })),
    ),
  );
  test.each(layers)("with layers quantized as %j", (linearQuantization) => {
    const spec = smallSpec([fake({}), { kind: "none" }], { linearQuantization });

    const { packed, trained } = predictions(spec, 3);

    expect(packed).toEqual(trained);
  });

  const optimizers: readonly OptimizerSpec[] = [
    { kind: "sgd" },
    { kind: "adagrad", epsilon: 1e-10 },
    { kind: "rowwise-adagrad", epsilon: 1e-10 },
  ];
  test.each(optimizers)("with projected and split tables under $kind", (optimizer) => {
    const { packed, trained } = predictions(mixedSpec(optimizer), 2);

    expect(packed).toEqual(trained);
  });

  test.each(optimizers)("with tables that exist as codes only under $kind", (optimizer) => {
    const { packed, trained } = predictions(storedSpec(optimizer), 4);

    expect(packed).toEqual(trained);
  });

  test.each([2, 3, 4, 5, 6, 7, 16] as const)("with tables that exist as codes of %i bits only", (bits) => {
    const step = { kind: "learned", learningRate: 0.01 } as const;
    const { packed, trained } = predictions(storedSpec({ kind: "sgd" }, { bits, step }), 4);

    expect(packed).toEqual(trained);
  });

  const activations: readonly (readonly [string, Partial<ModelSpec>])[] = (
    ["stacks", "layers"] as const
  ).flatMap((at) =>
    ([8, 11, 16] as const).map((bits): readonly [string, Partial<ModelSpec>] => [
      `activations of ${bits} bits at the ${at}`,
      { activationQuantization: { bits, at, range: { kind: "ema", momentum: 0.9 } } },
    ]),
  );
  test.each([
    ...activations,
    ["activations that were never observed", { activationQuantization: firstSteps }],
    ["an interaction of 16 bits", { interaction: { kind: "dot", itself: true, bits: 16 } }],
    ["dropout and L2", { regularization: { l2: 0.01, dropout: { rate: 0.5, seed: 1 } } }],
  ] as readonly (readonly [string, Partial<ModelSpec>])[])("with %s", (name, overrides) => {
    const { bottom, interaction, ...spec } = smallSpec([fake({}), fake({ bits: 8 })]);
    const top = spec.top.map((layer, k) =>
      k === 0 && overrides.interaction ? { ...layer, inputs: 5 + 6 } : layer,
    );

    const { packed, trained } = predictions(
      { ...spec, bottom, interaction, ...overrides, top },
      name.includes("never") ? 0 : 3,
    );

    expect(packed).toEqual(trained);
  });

  test.each<TableQuantization>([
    { kind: "learned-step", bits: 4, step: { kind: "relative", rate: 0.1 } },
    { kind: "learned-step", bits: 8, step: { kind: "gradient" } },
    {
      kind: "dead-zone",
      bits: 4,
      threshold: { kind: "relative", fraction: 1 / 14 },
      levels: "log",
      refresh: everyStep,
    },
    {
      kind: "dead-zone",
      bits: 6,
      threshold: { kind: "frequency", minTouches: 2, fraction: 0.1 },
      levels: "uniform",
      refresh: { kind: "periodic", periodSteps: 2 },
    },
    {
      kind: "dead-zone",
      bits: 32,
      threshold: { kind: "absolute", value: 0.2 },
      levels: "log",
      refresh: everyStep,
    },
    { kind: "dorefa", bits: 4, range: "table", refresh: everyStep },
    { kind: "dorefa", bits: 2, range: "unit", refresh: { kind: "periodic", periodSteps: 2 } },
  ])("with tables quantized as %j", (quantization) => {
    const spec = smallSpec([quantization, fake({}), quantization]);

    const { packed, trained } = predictions(spec, 3);

    expect(packed).toEqual(trained);
  });

  test("without any quantization", () => {
    const { packed, trained } = predictions(smallSpec([{ kind: "none" }, { kind: "none" }]), 2);

    expect(packed).toEqual(trained);
  });
});

test.each([
  [
    "learned pooling weights",
    smallSpec([fake({}), fake({})], { optimizer: { kind: "adagrad", epsilon: 1e-10 } }),
  ],
  ["projected and split tables", mixedSpec({ kind: "rowwise-adagrad", epsilon: 1e-10 })],
  ["tables that exist as codes only", storedSpec({ kind: "adagrad", epsilon: 1e-10 })],
  ["quantized activations", smallSpec([fake({}), fake({})], { activationQuantization: firstSteps })],
])("a snapshot of a state packs as the state itself, with %s", (_, spec) => {
  const state = randomState(spec, 1);
  state.activationRanges.forEach((_, i) => (state.activationRanges[i] = i));
  state.step = 7;
  const snapshot = allocateSnapshot(spec, createArena(1 << 16));

  copyWeights(state, snapshot);

  expect(packModel(spec, snapshot, kernels)).toEqual(packModel(spec, state, kernels));
  expect(snapshot.step).toBe(7);
});

test("packing does not change the state", () => {
  const spec = smallSpec([fake({}), fake({})]);
  const state = randomState(spec, 1);
  const before = structuredClone(state);

  packModel(spec, state, kernels);

  expect(state).toEqual(before);
});

test("a packed model keeps its codes when the training of stored tables goes on", () => {
  const spec = storedSpec({ kind: "sgd" });
  const state = randomState(spec, 1);
  const plan = compileTraining(spec, state, kernels, { maxBatch: BATCH });
  const model = packModel(spec, state, kernels);
  const before = structuredClone(model.tables);

  plan.step(randomBatch(spec, BATCH, 100), RATE);

  expect(model.tables).toEqual(before);
  expect(packModel(spec, state, kernels).tables).not.toEqual(before);
});

test("a state of another spec is refused", () => {
  const spec = smallSpec([fake({}), fake({})]);
  const other = { ...spec, tables: spec.tables.map((table) => ({ ...table, rows: table.rows + 1 })) };

  expect(() => packModel(other, randomState(spec, 1), kernels)).toThrow(
    "packTable: weights of table C0 has 1500 elements, expected 1505",
  );
});

import {
  allocateModelState,
  compileTraining,
  createArena,
  createKernels,
  reference,
  symmetricScale,
  type KernelBackend,
  type ModelState,
} from "@dqrm/core";
import { plantedDataset, splitDataset } from "@dqrm/data";
import { createRunningRange, type RangeFollowing } from "@dqrm/quant";
import { describe, expect, it } from "vitest";
import {
  buildModelSpec,
  copyModelState,
  initModelState,
  phaseConfig,
  presets,
  setConfigValues,
  trainModel,
  type DlrmConfig,
  type TrainingOptions,
} from "@dqrm/dlrm";
import { randomBatch, stateBits } from "./model-cases.ts";

const kernels = createKernels([reference]);

/** So small that no weight moves in f32. */
const NO_STEP = "1e-30";

const small = setConfigValues(presets.demo, [
  ["model.embeddingDim", "4"],
  ["model.bottom", "8-4"],
  ["model.top", "8-1"],
  ["training.batchSize", "64"],
  ["training.epochs", "2"],
  ["learningRate.base", "0.2"],
  ["quantization.tables.refresh", "every-step"],
]);
const parts = splitDataset(
  plantedDataset({ rows: 2000, seed: 3, tableRows: [10, 300] }).dataset,
  small.data.split,
);

const run = (config: DlrmConfig, more: Partial<TrainingOptions> = {}) =>
  trainModel({ config, parts, seed: 1, kernels, clock: () => 0, ...more });

const schedule = (
  ...phases: readonly (readonly [fromEpoch: number, tablesBits: number, mlpBits: number])[]
) =>
  [
    "quantization.schedule",
    JSON.stringify(phases.map(([fromEpoch, tablesBits, mlpBits]) => ({ fromEpoch, tablesBits, mlpBits }))),
  ] as const;

const floats = [
  ["quantization.tables.bits", "32"],
  ["quantization.mlp.bits", "32"],
] as const;

const peak = (weights: Float32Array): number => Math.max(...weights.map(Math.abs));

describe("a schedule of bit widths", () => {
  it("trains each epoch with the bits of its phase, and gives the model of the last", async () => {
    const states: [step: number, state: ModelState][] = [];
    const config = setConfigValues(small, [schedule([0, 32, 32], [1, 4, 8])]);

    const { spec, state } = await run(config);
    const pretrained = await run(setConfigValues(small, [...floats, ["training.epochs", "1"]]), {
      hooks: {
        onCheckpoint: ({ state: saved }) => {
          states.push([saved.step, structuredClone(saved)]);
          return Promise.resolve();
        },
      },
    });
    const tuned = await run(phaseConfig(config, 1), {
      resume: { trainer: pretrained.trainer, state: states[0][1], best: pretrained.selected },
    });

    expect(spec.tables[0].quantization).toMatchObject({ kind: "fake", bits: 4 });
    expect(spec.linearQuantization).toMatchObject({ kind: "fake", bits: 8 });
    expect(stateBits(spec, state)).toEqual(stateBits(spec, tuned.state));
  });

  it("tells who saves a checkpoint which bits its phase has", async () => {
    const seen: string[] = [];
    const config = setConfigValues(small, [schedule([0, 32, 32], [1, 4, 4])]);

    await run(config, {
      hooks: {
        onCheckpoint: (_, { tables }) => {
          seen.push(tables[0].quantization.kind);
          return Promise.resolve();
        },
      },
    });

    expect(seen).toEqual(["none", "fake"]);
  });

  it("chooses scales anew with a phase, also where they are chosen once", async () => {
    const config = setConfigValues(small, [
      ["quantization.tables.refresh", "once"],
      ["learningRate.base", NO_STEP],
      schedule([0, 8, 32], [1, 4, 32]),
    ]);

    const { state } = await run(config);

    const { scale, weights } = state.tables[0];
    expect(scale[0]).toBe(symmetricScale(peak(weights), 4));
  });

  it("selects among the evaluations of the last phase alone", async () => {
    // One bit tells far less than floats: the first two epochs are better, and may not be selected.
    const config = setConfigValues(small, [["training.epochs", "3"], schedule([0, 32, 32], [2, 1, 1])]);

    const { selected, selectedRecord, state, trainer, spec } = await run(config);

    const aucs = trainer.history.map(({ validation }) => validation?.auc ?? 0);
    expect(Math.max(aucs[0], aucs[1])).toBeGreaterThan(aucs[2]);
    expect([trainer.best, selectedRecord?.epoch]).toEqual([2, 2]);
    const weights = { ...spec, optimizer: { kind: "sgd" } as const };
    expect(stateBits(weights, selected)).toEqual(stateBits(weights, state));
  });
});

describe("embeddings that are reset", () => {
  const config = setConfigValues(small, [
    ["training.resetEmbeddings", "true"],
    ["learningRate.base", NO_STEP],
    ["optimizer.kind", "adagrad"],
  ]);

  it("are drawn anew before every epoch but the first, in the same bounds, while layers stay", async () => {
    const one = await run(setConfigValues(config, [["training.epochs", "1"]]));
    const two = await run(config);
    const three = await run(setConfigValues(config, [["training.epochs", "3"]]));

    const first = [one, two, three].map(({ state }) => state.tables[0].weights[0]);
    expect(new Set(first).size).toBe(3);
    for (const { weights } of three.state.tables) {
      expect(peak(weights)).toBeLessThanOrEqual(1 / Math.sqrt(weights.length / 4));
    }
    expect(two.state.bottom[0].weight).toEqual(one.state.bottom[0].weight);
  });

  it("have the scales of their new values at once", async () => {
    const { state } = await run(config);

    for (const { scale, weights } of state.tables) expect(scale[0]).toBe(symmetricScale(peak(weights), 4));
  });

  it("forget what the optimizer knew of them, while it goes on to know the layers", async () => {
    const one = await run(setConfigValues(config, [["training.epochs", "1"]]));
    const two = await run(config);

    const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);
    const [once, twice] = [one, two].map(({ state }) => sum(state.tables[1].optimizer));
    const [layerOnce, layerTwice] = [one, two].map(({ state }) => sum(state.top[0].weightOptimizer));
    // Sums of squared gradients of one epoch; those of the layers are of both.
    expect(twice).toBeLessThan(1.5 * once);
    expect(layerTwice).toBeGreaterThan(1.5 * layerOnce);
  });

  it("give the same bits again from the same seed", async () => {
    const [first, second] = [await run(config), await run(config)];

    expect(stateBits(first.spec, second.state)).toEqual(stateBits(first.spec, first.state));
  });
});

describe("a plan that keeps weights in a layout of its own", () => {
  it("trains the same model through phases and fresh embeddings", async () => {
    const config = setConfigValues(small, [
      ["training.resetEmbeddings", "true"],
      ["training.epochs", "3"],
      schedule([0, 32, 32], [2, 4, 4]),
    ]);

    const [apart, inPlace] = [
      await run(config, { kernels: createKernels([ownLayout, reference]) }),
      await run(config),
    ];

    expect(stateBits(apart.spec, apart.state)).toEqual(stateBits(inPlace.spec, inPlace.state));
  });
});

/** Trains a copy of the state, as backends do that lay weights out in their own way. */
const ownLayout: KernelBackend = {
  ...reference,
  name: "own-layout",
  plans: {
    training(spec, state, options) {
      const copy = allocateModelState(spec, createArena(1 << 16));
      copyModelState(state, copy);
      const plan = compileTraining(spec, copy, kernels, options);
      return {
        backend: "own-layout",
        gradients: plan.gradients,
        infer: (batch, dst) => {
          plan.infer(batch, dst);
        },
        forwardBackward: (batch, ready) => plan.forwardBackward(batch, ready),
        apply: (rate) => {
          plan.apply(rate);
          state.step = copy.step;
        },
        step(batch, rate) {
          const loss = plan.step(batch, rate);
          state.step = copy.step;
          return loss;
        },
        sync() {
          copyModelState(copy, state);
        },
        reload() {
          copyModelState(state, copy);
          plan.reload();
        },
      };
    },
  },
};

describe("dropout", () => {
  it("follows the seed of the run", async () => {
    const config = setConfigValues(small, [
      ["regularization.dropout", "0.5"],
      ["training.epochs", "1"],
    ]);

    const { spec } = await run(config, { seed: 12 });

    expect(spec.regularization).toEqual({ l2: 0, dropout: { rate: 0.5, seed: 12 } });
  });
});

describe("the range of an activation", () => {
  const following: readonly (readonly [string, RangeFollowing])[] = [
    ["running", { kind: "extremes" }],
    ["ema", { kind: "ema", momentum: 0.95 }],
  ];

  it.each(following)("is that of createRunningRange of @dqrm/quant, bit for bit: %s", (range, rule) => {
    const config = setConfigValues(small, [
      ["quantization.activations.bits", "8"],
      ["quantization.activations.range", range],
    ]);
    const shape = { denseFeatures: 3, features: [{ name: "ad", rows: 50 }] };
    const spec = buildModelSpec(config, shape);
    const { compatibility, model } = config;
    const init = { seed: 1, arena: createArena(1 << 16), embeddingInit: model.embeddingInit, compatibility };
    const state = initModelState(spec, init);
    const plan = compileTraining(spec, state, kernels, { maxBatch: 16 });
    const running = createRunningRange(rule);

    for (let step = 0; step < 30; step++) {
      const batch = randomBatch(spec, 16, step);
      const { max, min } = running.observe(batch.dense);
      plan.step(batch, 0.1);
      expect([...state.activationRanges.subarray(0, 2)]).toEqual([min, max]);
    }
  });
});

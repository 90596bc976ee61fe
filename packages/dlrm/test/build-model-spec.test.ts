import { describe, expect, it } from "vitest";
import {
  checkModelSpec,
  compileTraining,
  createArena,
  createKernels,
  jaggedFrom,
  projectionLayers,
  reference,
  tableLengths,
  type ModelSpec,
  type ModelState,
} from "@dqrm/core";
import {
  buildModelSpec,
  initModelState,
  mixedDimensions,
  presets,
  setConfigValues,
  type DlrmConfig,
} from "@dqrm/dlrm";

/** The 26 tables of Criteo Kaggle, from the logs of the reference program. */
const KAGGLE_ROWS = [
  1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
  5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
];

/** The 26 tables of Criteo Terabyte with indices modulo 10 million, from the authors' scripts. */
const TERABYTE_ROWS = [
  9980200, 26095, 17224, 7383, 20152, 3, 7112, 1435, 62, 9756762, 1332128, 314263, 10, 2208, 11168, 122, 4,
  971, 14, 9994101, 7267918, 9946670, 415284, 12422, 102, 36,
];

const featuresOf = (rows: readonly number[]) => rows.map((count, f) => ({ name: `C${f + 1}`, rows: count }));

const shape = (rows: readonly number[]) => ({ denseFeatures: 13, features: featuresOf(rows) });

const mlpParameters = ({ bottom, top }: ModelSpec): number =>
  [...bottom, ...top].reduce((sum, { inputs, outputs }) => sum + inputs * outputs + outputs, 0);

describe("buildModelSpec", () => {
  it("says nothing about layers in the models of the presets that earlier versions did not say", () => {
    for (const preset of Object.values(presets)) {
      const spec = buildModelSpec(preset, shape([10]));
      expect(Object.keys(spec)).not.toContain("activationQuantization");
      expect(Object.keys(spec)).not.toContain("regularization");
      expect(spec.interaction).toEqual({ kind: "dot", itself: false });
    }
  });

  it("describes the layers that the configuration asks for, with the bits of the last phase", () => {
    const config = setConfigValues(presets.kaggle, [
      ["quantization.activations.bits", "8"],
      ["quantization.interactionBits", "16"],
      ["quantization.schedule", '[{"fromEpoch":2,"tablesBits":3,"mlpBits":32}]'],
      ["regularization.l2", "0.5"],
    ]);

    const spec = buildModelSpec(config, shape([10]), 7);

    expect(spec.activationQuantization).toEqual({
      bits: 8,
      at: "stacks",
      range: { kind: "ema", momentum: 0.95 },
    });
    expect(spec.interaction.bits).toBe(16);
    expect(spec.regularization).toEqual({ l2: 0.5, dropout: { rate: 0, seed: 7 } });
    expect(spec.tables[0].quantization).toMatchObject({ bits: 3 });
    expect(spec.linearQuantization).toEqual({ kind: "none" });
  });

  it("gives the Kaggle model of the paper: 367 interactions, 475,985 weights in the layers", () => {
    const spec = buildModelSpec(presets.kaggle, shape(KAGGLE_ROWS));

    checkModelSpec(spec);
    expect(spec.top[0].inputs).toBe(367);
    expect(mlpParameters(spec)).toBe(475_985);
    expect(spec.tables.map(({ cols }) => cols)).toEqual(KAGGLE_ROWS.map(() => 16));
  });

  it("gives the Terabyte model of the paper: 415 interactions, 762,177 weights in the layers", () => {
    const spec = buildModelSpec(presets.terabyte, shape(TERABYTE_ROWS));

    checkModelSpec(spec);
    expect(spec.top[0].inputs).toBe(415);
    expect(mlpParameters(spec)).toBe(762_177);
  });

  it("gives a table the bits of the last rule that its rows reach", () => {
    const config = setConfigValues(presets.kaggle, [
      ["quantization.tables.bits", "32"],
      [
        "quantization.tables.overrides",
        '[{"minRows":10,"bits":8,"granularity":"row"},{"minRows":1000,"bits":2,"granularity":"table"}]',
      ],
    ]);

    const spec = buildModelSpec(config, shape([9, 10, 999, 1000]));

    checkModelSpec(spec);
    const refresh = { kind: "periodic", periodSteps: 200 };
    expect(spec.tables.map(({ quantization }) => quantization)).toEqual([
      { kind: "none" },
      { kind: "fake", bits: 8, granularity: { kind: "row" }, refresh },
      { kind: "fake", bits: 8, granularity: { kind: "row" }, refresh },
      { kind: "fake", bits: 2, granularity: { kind: "table" }, refresh },
    ]);
  });

  it.each([
    ["lsq", {}, { kind: "learned-step", bits: 4, step: { kind: "relative", rate: 0.05 } }],
    ["lsq", { "lsq.step": "gradient" }, { kind: "learned-step", bits: 4, step: { kind: "gradient" } }],
    [
      "dorefa",
      { "dorefa.range": "unit" },
      { kind: "dorefa", bits: 4, range: "unit", refresh: { kind: "periodic", periodSteps: 200 } },
    ],
    [
      "dead-zone",
      { refresh: "every-step" },
      {
        kind: "dead-zone",
        bits: 4,
        levels: "log",
        threshold: { kind: "relative", fraction: 1 / 14 },
        refresh: { kind: "every-step" },
      },
    ],
    [
      "dead-zone",
      { bits: "32", "deadZone.threshold": "frequency", "deadZone.value": "0", refresh: "once" },
      {
        kind: "dead-zone",
        bits: 32,
        levels: "log",
        threshold: { kind: "frequency", minTouches: 3, fraction: 0 },
        refresh: { kind: "once" },
      },
    ],
    [
      "dead-zone",
      {
        "deadZone.threshold": "absolute",
        "deadZone.value": "0.01",
        "deadZone.levels": "uniform",
        refresh: "once",
      },
      {
        kind: "dead-zone",
        bits: 4,
        levels: "uniform",
        threshold: { kind: "absolute", value: 0.01 },
        refresh: { kind: "once" },
      },
    ],
  ])("quantizer %s with %j", (quantizer, values, expected) => {
    const assignments = Object.entries({ quantizer, ...values }).map(
      ([key, value]) => [`quantization.tables.${key}`, value] as const,
    );

    const spec = buildModelSpec(setConfigValues(presets.kaggle, assignments), shape([10]));

    checkModelSpec(spec);
    expect(spec.tables[0].quantization).toEqual(expected);
  });

  it("splits long tables into quotient and remainder", () => {
    const config = setConfigValues(presets.kaggle, [["model.quotientRemainder.enabled", "true"]]);

    const spec = buildModelSpec(config, shape([1000, 10]));

    checkModelSpec(spec);
    expect(spec.tables.map(({ name, rows }) => [name, rows])).toEqual([
      ["C1.quotient", 250],
      ["C1.remainder", 4],
      ["C2", 10],
    ]);
    expect(spec.features.map(({ kind }) => kind)).toEqual(["quotient-remainder", "table"]);
  });

  it("gives the tables beside concatenated ones the double width", () => {
    const config = setConfigValues(presets.kaggle, [
      ["model.quotientRemainder.enabled", "true"],
      ["model.quotientRemainder.combine", "concat"],
      ["model.bottom", "64-32"],
    ]);

    const spec = buildModelSpec(config, shape([1000, 10]));

    checkModelSpec(spec);
    expect(spec.tables.map(({ cols }) => cols)).toEqual([16, 16, 32]);
  });

  it("projects tables of mixed dimensions, and only those that are narrower", () => {
    const config = setConfigValues(presets.kaggle, [["model.mixedDimensions.enabled", "true"]]);

    const spec = buildModelSpec(config, shape([1000, 10]));

    checkModelSpec(spec);
    // 16 · (10/1000)^0.3 = 4.02, a power of 2 after rounding.
    expect(spec.features.map(({ kind }) => kind)).toEqual(["projected", "table"]);
    expect(projectionLayers(spec)).toEqual([{ inputs: 4, outputs: 16, activation: "none" }]);
  });

  it.each(["table", "row", "group"] as const)("quantizes tables with one scale for a %s", (granularity) => {
    const config = setConfigValues(presets.kaggle, [["quantization.tables.granularity", granularity]]);

    const [{ quantization }] = buildModelSpec(config, shape([10])).tables;

    const expected = granularity === "group" ? { kind: "group", groupCols: 8 } : { kind: granularity };
    expect(quantization).toEqual({
      kind: "fake",
      bits: 4,
      granularity: expected,
      refresh: { kind: "periodic", periodSteps: 200 },
    });
  });
});

describe("stored tables", () => {
  const stored = setConfigValues(presets.kaggle, [
    ["quantization.tables.quantizer", "stored"],
    ["quantization.tables.granularity", "row"],
    ["quantization.tables.bits", "8"],
  ]);

  it("of Criteo Kaggle take 0.68 GB while they train, where FP32 weights take 2.16 GB", () => {
    const bytes = ({ tables }: ModelSpec): number =>
      tables.reduce((sum, table) => {
        const { codes, scale, weights } = tableLengths(table, { kind: "sgd" });
        return sum + codes + 4 * scale + 4 * weights;
      }, 0);
    const rows = KAGGLE_ROWS.reduce((sum, count) => sum + count, 0);

    // 33,762,577 rows of 16 codes and a scale of 4 bytes; of 16 floats of 4 bytes, and one scale for each of 26 tables.
    expect(bytes(buildModelSpec(stored, shape(KAGGLE_ROWS), 1))).toBe(rows * 20);
    expect(bytes(buildModelSpec(presets.kaggle, shape(KAGGLE_ROWS)))).toBe(rows * 64 + 26 * 4);
    expect(rows * 20).toBe(675_251_540);
  });

  it("round by the seed of the run", () => {
    const [table] = buildModelSpec(stored, shape([10]), 7).tables;

    expect(table.quantization).toEqual({
      kind: "stored",
      bits: 8,
      rounding: { kind: "stochastic", seed: 7 },
      step: { kind: "absmax" },
    });
  });

  it("take the learning rate of their steps and draw nothing when they round to nearest", () => {
    const config = setConfigValues(stored, [
      ["quantization.tables.stored.rounding", "nearest"],
      ["quantization.tables.stored.step", "learned"],
      ["quantization.tables.stored.stepLearningRate", "0.25"],
    ]);

    const [table] = buildModelSpec(config, shape([10]), 7).tables;

    expect(table.quantization).toEqual({
      kind: "stored",
      bits: 8,
      rounding: { kind: "nearest" },
      step: { kind: "learned", learningRate: 0.25 },
    });
  });
});

describe("mixedDimensions", () => {
  it("keeps all tables equally wide at temperature 0", () => {
    const choice = { enabled: true, threshold: 0, temperature: 0, roundDims: true };

    expect(mixedDimensions([10, 1000, 100_000], 16, choice)).toEqual([16, 16, 16]);
  });

  it("never goes below one column", () => {
    const choice = { enabled: true, threshold: 0, temperature: 2, roundDims: false };

    expect(mixedDimensions([10, 1_000_000], 16, choice)).toEqual([16, 1]);
  });

  it("leaves tables up to the threshold alone", () => {
    const choice = { enabled: true, threshold: 200, temperature: 0.3, roundDims: false };

    expect(mixedDimensions([3, 200, 201], 16, choice)[1]).toBe(16);
  });
});

function initialised(config: DlrmConfig, rows: readonly number[]): { spec: ModelSpec; state: ModelState } {
  const spec = buildModelSpec(config, shape(rows));
  const { embeddingInit } = config.model;
  const { compatibility } = config;
  const arena = createArena(1 << 20);
  return { spec, state: initModelState(spec, { seed: 7, arena, embeddingInit, compatibility }) };
}

/** Five standard errors of a sample variance of n normal numbers: certain for a fixed seed that passed once. */
const varianceBound = (n: number): number => 5 * Math.sqrt(2 / n);

const variance = (values: Float32Array): number => values.reduce((sum, v) => sum + v * v, 0) / values.length;

describe("initModelState", () => {
  const { spec, state } = initialised(presets.kaggle, [10_000, 100]);

  it("draws tables from U(-1/sqrt(rows), 1/sqrt(rows))", () => {
    const [{ weights }] = state.tables;
    const bound = 1 / Math.sqrt(10_000);

    expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.abs((3 * variance(weights)) / bound ** 2 - 1)).toBeLessThan(varianceBound(weights.length));
  });

  it("draws layers from normal distributions by fan-in and fan-out", () => {
    const [{ inputs, outputs }] = spec.top;
    const [{ bias, weight }] = state.top;

    expect(Math.abs((variance(weight) * (inputs + outputs)) / 2 - 1)).toBeLessThan(
      varianceBound(weight.length),
    );
    expect(Math.abs(variance(bias) * outputs - 1)).toBeLessThan(varianceBound(bias.length));
  });

  it("gives each parameter a stream of its own: a longer table changes no other", () => {
    const other = initialised(presets.kaggle, [20_000, 100]);

    expect(other.state.tables[1].weights).toEqual(state.tables[1].weights);
    expect(other.state.top[0].weight).toEqual(state.top[0].weight);
  });

  it("draws tables from N(0, 0.01²) in the recommended preset", () => {
    const [{ weights }] = initialised(presets.recommended, [10_000]).state.tables;

    expect(Math.abs(variance(weights) / 0.01 ** 2 - 1)).toBeLessThan(varianceBound(weights.length));
  });

  it("starts quotient and remainder tables with the reference's defect on request only", () => {
    const split = setConfigValues(presets.kaggle, [["model.quotientRemainder.enabled", "true"]]);
    const compatible = setConfigValues(split, [["compatibility.quotientRemainderInit", "true"]]);
    const bound = Math.sqrt(1 / 10_000);

    const [plain] = initialised(split, [10_000]).state.tables;
    const [defect] = initialised(compatible, [10_000]).state.tables;

    expect(Math.max(...plain.weights)).toBeLessThanOrEqual(bound);
    expect(Math.min(...plain.weights)).toBeLessThan(0);
    expect(Math.min(...defect.weights)).toBeGreaterThanOrEqual(Math.fround(bound));
    expect(Math.max(...defect.weights)).toBeGreaterThan(0.9);
  });
});

describe("learned pooling weights", () => {
  it("follow the gradient of the loss", () => {
    const config = setConfigValues(presets.demo, [
      ["model.poolingWeights", "learned"],
      ["quantization.tables.bits", "32"],
      ["quantization.mlp.bits", "32"],
      ["model.embeddingInit.kind", "normal"],
      ["model.embeddingInit.std", "0.5"],
    ]);
    const { spec, state } = initialised(config, [5, 4]);
    const batch = {
      size: 2,
      dense: Float32Array.from({ length: 26 }, (_, i) => Math.sin(i)),
      labels: Float32Array.of(1, 0),
      bags: [jaggedFrom([[0, 3], [1]]), jaggedFrom([[2], [2, 0]])],
    };
    const plan = compileTraining(spec, state, createKernels([reference]), { maxBatch: 2 });
    const [{ poolingWeights }] = state.tables;
    plan.forwardBackward(batch);
    const gradient = plan.gradients.poolingWeights[0];
    const slopes = new Map(
      Array.from(gradient.rows.subarray(0, gradient.count), (row, i) => [row, gradient.values[i]]),
    );

    const difference = (row: number, step: number): number => {
      poolingWeights[row] = 1 + step;
      const above = plan.forwardBackward(batch);
      poolingWeights[row] = 1 - step;
      const below = plan.forwardBackward(batch);
      poolingWeights[row] = 1;
      return (above - below) / (2 * step);
    };
    const measured = [0, 3, 1].map((row) => ({
      row,
      wide: difference(row, 2 ** -8),
      near: difference(row, 2 ** -9),
    }));

    // Halving the step removes three quarters of the cubic term, so that what it removed bounds what is left;
    // each loss is rounded to 32 bits some dozens of times, 2^-24 each, over a difference of 2^-8. The steps end before the nearest kink of a ReLU.
    const rounding = 64 * 2 ** -24 * 2 ** 8;
    for (const { near, row, wide } of measured) {
      const slope = slopes.get(row) ?? Number.NaN;
      expect(Math.abs(slope)).toBeGreaterThan(0.01);
      expect(Math.abs(near - slope)).toBeLessThan(Math.abs(wide - near) + rounding);
    }
  });
});

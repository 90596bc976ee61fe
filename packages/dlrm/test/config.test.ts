import { describe, expect, it } from "vitest";
import {
  floatTwin,
  parseConfig,
  parseLayerSizes,
  presets,
  setConfigValue,
  setConfigValues,
  type DlrmConfig,
} from "@dqrm/dlrm";
import { configError } from "./config-error.ts";

/** A mutable copy of a preset, as JSON from outside would be. */
function json(config: DlrmConfig): Record<string, Record<string, unknown>> {
  // Round trip through text: every section of a configuration but `version` is an object.
  return JSON.parse(JSON.stringify(config)) as Record<string, Record<string, unknown>>;
}

describe("presets", () => {
  it.each(Object.entries(presets))("%s survives a round trip through JSON", (name, preset) => {
    const text = JSON.stringify(preset);

    const parsed = parseConfig(name, JSON.parse(text));

    expect(parsed).toEqual(preset);
  });

  it("kaggle is the paper's: layers 13-512-256-64-16 and 367-512-256-1, plain SGD 0.1, batches of 128, 5 epochs", () => {
    const { learningRate, loss, model, optimizer, training } = presets.kaggle;

    expect([model.embeddingDim, model.bottom, model.top]).toEqual([16, [512, 256, 64, 16], [512, 256, 1]]);
    expect([model.interaction, model.interactionItself]).toEqual(["dot", false]);
    expect([optimizer.kind, learningRate.base, loss.kind, loss.roundTargets]).toEqual([
      "sgd",
      0.1,
      "bce",
      true,
    ]);
    expect([training.batchSize, training.epochs, training.evaluateEverySteps]).toEqual([128, 5, 10_240]);
  });

  it("terabyte is the paper's: 64 columns, batches of 2048, 87.5 % of negatives dropped, indices modulo 10 million", () => {
    const { data, model, quantization, training } = presets.terabyte;

    expect([model.embeddingDim, model.bottom, model.top]).toEqual([64, [512, 256, 64], [512, 512, 256, 1]]);
    expect([training.batchSize, data.dropNegatives, data.categories.maxIndexRange]).toEqual([
      2048, 0.875, 1e7,
    ]);
    expect(data.split).toEqual({ kind: "criteo", days: 24 });
    expect([training.evaluationBatchSize, training.evaluateEverySteps]).toEqual([16_384, 10_240]);
    expect(quantization.tables).toMatchObject({ bits: 4, refresh: "periodic", periodSteps: 1000 });
  });

  it("mlperf is the reference program's: 128 columns, 40 million rows a table at most, SGD 1.0, all negatives", () => {
    const { data, learningRate, model } = presets.mlperf;

    expect([model.embeddingDim, model.bottom, model.top]).toEqual([
      128,
      [512, 256, 128],
      [1024, 1024, 512, 256, 1],
    ]);
    expect([data.categories.maxIndexRange, data.dropNegatives, learningRate.base]).toEqual([4e7, 0, 1]);
  });

  it("recommended is what reached the most on a sample of Criteo after one epoch", () => {
    const { data, learningRate, model, optimizer, training } = presets.recommended;

    expect(data.dense).toEqual({ transform: "log1p", standardize: true, missingFlags: true });
    expect(data.categories).toMatchObject({ kind: "vocabulary", minCount: 10, unknown: "row" });
    expect(data.fitOn).toBe("training");
    expect(model.embeddingInit).toEqual({ kind: "normal", std: 0.01 });
    expect([optimizer.kind, learningRate.base, training.batchSize]).toEqual(["adagrad", 0.01, 512]);
  });

  it("the float twin differs in bits only", () => {
    const twin = floatTwin(presets.kaggle);

    expect(
      setConfigValues(twin, [
        ["quantization.tables.bits", "4"],
        ["quantization.mlp.bits", "4"],
      ]),
    ).toEqual(presets.kaggle);
  });
});

describe("parseConfig", () => {
  it("names an unknown key by its path", () => {
    const config = json(presets.kaggle);
    config["model"]["embedingDim"] = 16;

    const { path, expected } = configError(() => parseConfig("run.json", config));

    expect(path).toBe("model.embedingDim");
    expect(expected).toContain("embeddingDim");
  });

  it("names a missing key by its path", () => {
    const config = json(presets.kaggle);
    delete config["training"]["epochs"];

    const { actual, path, source } = configError(() => parseConfig("run.json", config));

    expect([source, path, actual]).toEqual(["run.json", "training.epochs", "missing"]);
  });

  it.each([
    ["quantization.tables.bits", "9"],
    ["quantization.tables.bits", '"4"'],
    ["quantization.tables.overrides", '[{"minRows":0,"bits":4,"granularity":"table"}]'],
    ["quantization.tables.overrides", '[{"minRows":1,"bits":9,"granularity":"table"}]'],
    ["quantization.tables.overrides", '[{"minRows":1,"bits":4}]'],
    ["training.batchSize", "0"],
    ["training.batchSize", "1.5"],
    ["learningRate.base", "0"],
    ["learningRate.base", "-1"],
    ["loss.threshold", "0.5"],
    ["loss.weights", "[1]"],
    ["loss.roundTargets", "yes"],
    ["model.interaction", "sum"],
    ["data.dropNegatives", "1.5"],
    ["data.split", '{"kind":"daily"}'],
    ["data.split", '{"kind":"criteo","days":1}'],
    ["model.top", "512-2"],
    ["model.bottom", "512-8"],
  ])("refuses %s = %s", (path, text) => {
    const details = configError(() => setConfigValue(presets.kaggle, path, text));

    expect(details.path.startsWith(path)).toBe(true);
  });

  it("refuses a rule for tables of no more rows than the rule before it", () => {
    const rule = { bits: 4, granularity: "table" };
    const rules = [
      { ...rule, minRows: 100 },
      { ...rule, minRows: 100 },
    ];

    const { expected, path } = configError(() =>
      setConfigValue(presets.kaggle, "quantization.tables.overrides", JSON.stringify(rules)),
    );

    expect(path).toBe("quantization.tables.overrides.1.minRows");
    expect(expected).toContain("more than the 100");
  });

  it("refuses two ways of splitting tables at once", () => {
    const { path } = configError(() =>
      setConfigValues(presets.kaggle, [
        ["model.quotientRemainder.enabled", "true"],
        ["model.mixedDimensions.enabled", "true"],
      ]),
    );

    expect(path).toBe("model.mixedDimensions.enabled");
  });

  it.each([
    ["model.tensorTrain.enabled", "false together with model.hashing", ["model.hashing.enabled"]],
    [
      "model.robe.enabled",
      "false together with model.quotientRemainder",
      ["model.quotientRemainder.enabled"],
    ],
    ["model.robe.blockCols", "a divisor of model.embeddingDim = 16", ["model.robe.blockCols", "5"]],
    ["model.robe.cells", "at least model.robe.blockCols = 4", ["model.robe.cells", "3"]],
    ["model.poolingWeights", '"none" together with model.robe', ["model.poolingWeights", "fixed"]],
  ] as const)("refuses compressions that do not fit: %s", (path, expected, [other, text = "true"]) => {
    const way = path === "model.tensorTrain.enabled" ? path : "model.robe.enabled";
    const details = configError(() =>
      setConfigValues(presets.kaggle, [
        [other, text],
        [way, "true"],
      ]),
    );

    expect(details).toMatchObject({ path, expected });
  });

  it("refuses a decay that starts during the warm-up", () => {
    const { path } = configError(() =>
      setConfigValues(presets.kaggle, [
        ["learningRate.warmupSteps", "10"],
        ["learningRate.decayStartStep", "5"],
        ["learningRate.decaySteps", "5"],
      ]),
    );

    expect(path).toBe("learningRate.decayStartStep");
  });

  it("reads the optional parts of the Criteo split", () => {
    const split = { kind: "criteo", days: 7, randomize: { kind: "day", seed: 3 } };

    const config = setConfigValue(presets.kaggle, "data.split", JSON.stringify(split));

    expect(config.data.split).toEqual(split);
  });
});

describe("setConfigValue", () => {
  it("replaces one value and leaves the preset alone", () => {
    const config = setConfigValue(presets.kaggle, "quantization.tables.bits", "8");

    expect(config.quantization.tables.bits).toBe(8);
    expect(presets.kaggle.quantization.tables.bits).toBe(4);
  });

  it("reads words, numbers, lists and objects", () => {
    const config = setConfigValues(presets.kaggle, [
      ["optimizer.kind", "adagrad"],
      ["learningRate.base", "1e-2"],
      ["loss.weights", "[1, 3]"],
      ["data.split", '{"kind":"temporal","validation":0.1,"test":0.2}'],
      ["model.top", "64-1"],
    ]);

    expect(config.optimizer.kind).toBe("adagrad");
    expect(config.learningRate.base).toBe(0.01);
    expect(config.loss.weights).toEqual([1, 3]);
    expect(config.data.split).toEqual({ kind: "temporal", validation: 0.1, test: 0.2 });
    expect(config.model.top).toEqual([64, 1]);
  });

  it("names the keys that there are when a key does not exist", () => {
    const { expected, path } = configError(() =>
      setConfigValue(presets.kaggle, "quantization.table.bits", "8"),
    );

    expect(path).toBe("quantization.table");
    expect(expected).toContain("tables");
  });

  it.each(["__proto__.polluted", "constructor.prototype.polluted", "model.__proto__"])(
    "refuses %s",
    (path) => {
      const details = configError(() => setConfigValue(presets.kaggle, path, "1"));

      expect(details.source).toBe("--set");
    },
  );

  it("refuses a forbidden key inside a value", () => {
    const details = configError(() => setConfigValue(presets.kaggle, "data.split", '{"__proto__":{}}'));

    expect(details.path).toBe("__proto__");
  });
});

describe("layers", () => {
  const phases = (...epochs: readonly number[]): string =>
    JSON.stringify(epochs.map((fromEpoch) => ({ fromEpoch, tablesBits: 4, mlpBits: 4 })));

  it.each([
    ["quantization.schedule", phases(1, 1), "quantization.schedule.1.fromEpoch", "more than 1"],
    [
      "quantization.schedule",
      phases(1, 5),
      "quantization.schedule.1.fromEpoch",
      "less than training.epochs = 5",
    ],
    [
      "quantization.schedule",
      '[{"fromEpoch":1,"tablesBits":9,"mlpBits":4}]',
      "quantization.schedule.0.tablesBits",
      "32",
    ],
    ["quantization.activations.bits", "7", "quantization.activations.bits", "8 to 16, or 32 (floats)"],
    ["quantization.activations.momentum", "1.5", "quantization.activations.momentum", "a number in [0, 1]"],
    ["quantization.interactionBits", "8", "quantization.interactionBits", "16 or 32"],
    ["regularization.dropout", "1", "regularization.dropout", "a number in [0, 1)"],
    ["regularization.l2", "-1", "regularization.l2", "a number in [0"],
  ])("refuse %s=%s", (path, text, at, expected) => {
    const failure = configError(() => setConfigValue(presets.kaggle, path, text));

    expect(failure.path).toBe(at);
    expect(failure.expected).toContain(expected);
  });

  it("refuse an interaction of 16 bits that multiplies nothing", () => {
    const failure = configError(() =>
      setConfigValues(presets.kaggle, [
        ["model.interaction", "cat"],
        ["quantization.interactionBits", "16"],
      ]),
    );

    expect(failure.path).toBe("quantization.interactionBits");
  });

  it("refuse phases together with rules for tables of some size", () => {
    const failure = configError(() =>
      setConfigValues(presets.kaggle, [
        ["quantization.tables.overrides", '[{"minRows":10,"bits":2,"granularity":"table"}]'],
        ["quantization.schedule", phases(1)],
      ]),
    );

    expect(failure.path).toBe("quantization.schedule");
  });
});

describe("parseLayerSizes", () => {
  it.each(["", "13", "13-", "-13", "13-512-x", "13-0-1", "13-1.5", "99999999-1"])("refuses %j", (text) => {
    const { expected } = configError(() => parseLayerSizes("--arch-mlp-bot", text));

    expect(expected).toContain("13-512-256-64-16");
  });
});

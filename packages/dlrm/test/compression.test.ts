import {
  checkModelSpec,
  compileInference,
  compileTraining,
  createArena,
  createKernels,
  reference,
  type ModelSpec,
} from "@dqrm/core";
import { describe, expect, test } from "vitest";
import {
  buildModelSpec,
  byteReport,
  decodePackedModel,
  encodePackedModel,
  initModelState,
  joinBytes,
  packModel,
  parseModelSpec,
  presets,
  setConfigValues,
  type DlrmConfig,
} from "../src/index.ts";
import { randomBatch, stateBits } from "./model-cases.ts";

type Assignments = readonly (readonly [path: string, value: string])[];

/** Every way to hold fewer numbers, small enough for tables of some hundred rows. */
const WAYS: Readonly<Record<string, Assignments>> = {
  hashing: [
    ["model.hashing.enabled", "true"],
    ["model.hashing.threshold", "50"],
    ["model.hashing.rows", "40"],
  ],
  robe: [
    ["model.robe.enabled", "true"],
    ["model.robe.threshold", "50"],
    ["model.robe.cells", "403"],
    ["model.robe.blockCols", "4"],
  ],
  "the authors' robe": [
    ["model.robe.enabled", "true"],
    ["model.robe.threshold", "50"],
    ["model.robe.cells", "403"],
    ["model.robe.blockCols", "6"],
    ["model.robe.hash", "reference"],
    ["model.robe.signs", "false"],
  ],
  "tensor trains": [
    ["model.tensorTrain.enabled", "true"],
    ["model.tensorTrain.threshold", "50"],
    ["model.tensorTrain.rank", "2"],
  ],
  "quotient-remainder": [
    ["model.quotientRemainder.enabled", "true"],
    ["model.quotientRemainder.threshold", "50"],
  ],
  "mixed dimensions": [
    ["model.mixedDimensions.enabled", "true"],
    ["model.mixedDimensions.threshold", "50"],
    ["model.mixedDimensions.temperature", "0.5"],
  ],
};

const QUANTIZATIONS: Readonly<Record<string, Assignments>> = {
  floats: [["quantization.tables.bits", "32"]],
  "INT4, a scale for the table": [["quantization.tables.refresh", "every-step"]],
  "INT4, a stale scale": [["quantization.tables.refresh", "once"]],
  "INT8, a scale for each row": [
    ["quantization.tables.bits", "8"],
    ["quantization.tables.granularity", "row"],
    ["quantization.tables.refresh", "every-step"],
  ],
  "INT3, a scale for two columns": [
    ["quantization.tables.bits", "3"],
    ["quantization.tables.granularity", "group"],
    ["quantization.tables.groupCols", "2"],
    ["quantization.tables.refresh", "every-step"],
  ],
  "a learned step": [["quantization.tables.quantizer", "lsq"]],
  "a dead zone": [["quantization.tables.quantizer", "dead-zone"]],
  "a dead zone before exact numbers, rare rows cut": [
    ["quantization.tables.quantizer", "dead-zone"],
    ["quantization.tables.bits", "32"],
    ["quantization.tables.deadZone.threshold", "frequency"],
  ],
  DoReFa: [
    ["quantization.tables.quantizer", "dorefa"],
    ["quantization.tables.refresh", "every-step"],
  ],
};

const kernels = createKernels([reference]);

const shape = {
  denseFeatures: 3,
  features: [10, 300, 200].map((rows, f) => ({ name: `C${f + 1}`, rows })),
};

function configOf(way: Assignments, ...others: Assignments): DlrmConfig {
  return setConfigValues(presets.demo, [
    ["model.embeddingDim", "8"],
    ["model.bottom", "8-8"],
    ["model.top", "8-1"],
    ...way,
    ...others,
  ]);
}

function specOf(way: Assignments, ...others: Assignments): ModelSpec {
  return buildModelSpec(configOf(way, ...others), shape);
}

const { compatibility } = presets.demo;

function stateOf(spec: ModelSpec, kind: "uniform" | "normal" = "uniform") {
  const embeddingInit = { kind, std: 0.05 };
  return initModelState(spec, { seed: 1, arena: createArena(1 << 16), embeddingInit, compatibility });
}

describe("a configuration with a compression", () => {
  test.each(Object.entries(WAYS))("describes a model that reads itself back: %s", (_name, way) => {
    const spec = specOf(way);

    checkModelSpec(spec);
    expect(parseModelSpec("spec.json", JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    expect(spec.tables[0]).toMatchObject({ name: "C1", rows: 10, cols: 8 });
  });

  test("hashes the tables above the threshold, each by a hash of its own", () => {
    const { features, tables } = specOf(WAYS["hashing"]);

    expect(tables.map(({ cols, name, rows }) => [name, rows, cols])).toEqual([
      ["C1", 10, 8],
      ["C2", 40, 8],
      ["C3", 40, 8],
    ]);
    expect(features).toEqual([
      { kind: "table", table: 0, pooling: "sum" },
      { kind: "hashed", table: 1, rows: 300, seed: 1, pooling: "sum" },
      { kind: "hashed", table: 2, rows: 200, seed: 2, pooling: "sum" },
    ]);
  });

  test("leaves a table whole that hashing would not make shorter", () => {
    const { features } = specOf(WAYS["hashing"], ["model.hashing.rows", "200"]);

    expect(features.map(({ kind }) => kind)).toEqual(["table", "hashed", "table"]);
  });

  test("reads all tables above the threshold from one array, under keys of their own", () => {
    const { features, tables } = specOf(WAYS["robe"]);
    const robe = {
      kind: "robe",
      table: 1,
      blockCols: 4,
      hash: "mixing",
      seed: 0,
      signs: true,
      pooling: "sum",
    };

    expect(tables.map(({ cols, name, rows }) => [name, rows, cols])).toEqual([
      ["C1", 10, 8],
      ["robe", 100, 4],
    ]);
    expect(features.slice(1)).toEqual([
      { ...robe, rows: 300, keyOffset: 10 },
      { ...robe, rows: 200, keyOffset: 310 },
    ]);
  });

  test("gives the authors' robe a row for each cell", () => {
    expect(specOf(WAYS["the authors' robe"]).tables[1]).toMatchObject({ rows: 403, cols: 1 });
  });

  test("factors a table only where the cores are smaller", () => {
    const small = specOf(WAYS["tensor trains"]);
    const large = specOf(WAYS["tensor trains"], ["model.tensorTrain.rank", "16"]);

    expect(small.features.map(({ kind }) => kind)).toEqual(["table", "tensor-train", "tensor-train"]);
    expect(large.features.map(({ kind }) => kind)).toEqual(["table", "table", "table"]);
  });

  test("counts a shared array once", () => {
    const { embeddings, scales, tables } = byteReport(
      specOf(WAYS["robe"], ["quantization.mlp.bits", "32"]),
      0,
    );

    // 10 rows of 8 and 100 rows of 4 codes of 4 bits; a scale for each table.
    expect([embeddings, scales, tables.length]).toEqual([40 + 200, 8, 2]);
  });

  test("has no rule by length for an array that tables of several lengths share", () => {
    const rule = JSON.stringify([{ minRows: 1, bits: 8, granularity: "table" }]);

    const { tables } = specOf(WAYS["robe"], ["quantization.tables.overrides", rule]);

    expect(tables.map(({ quantization }) => quantization)).toMatchObject([{ bits: 8 }, { bits: 4 }]);
  });
});

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

describe("the first values", () => {
  test("of a shared array are those of its longest table", () => {
    const { weights } = stateOf(specOf(WAYS["robe"])).tables[1];
    const bound = Math.sqrt(1 / 300);

    expect(Math.max(...weights)).toBeLessThanOrEqual(Math.fround(bound));
    expect(Math.max(...weights)).toBeGreaterThan(0.9 * bound);
  });

  test.each([
    ["uniform", Math.sqrt(1 / 300 / 3)],
    ["normal", 0.05],
  ] as const)("of cores give rows the deviation of the table's %s numbers", (kind, expected) => {
    const spec = specOf(WAYS["tensor trains"], ["model.tensorTrain.rank", "4"]);
    const cores = stateOf(spec, kind).tables.slice(1, 4);

    // Independent numbers: the variance of a row's is rank² times the product of the cores' variances.
    const rows = 4 * cores.reduce((product, { weights }) => product * deviation(weights), 1);

    // Three deviations of some 70 numbers or more, each known to 1/√140 at best: within three of these each.
    expect(Math.abs(rows / expected - 1)).toBeLessThan((3 * 3) / Math.sqrt(140));
  });
});

describe.each(Object.entries(WAYS))("a model with %s", (_name, way) => {
  test.each(Object.entries(QUANTIZATIONS))(
    "is served as it was trained, bit for bit, with %s",
    (_q, assignments) => {
      const spec = specOf(way, ...assignments);
      const state = stateOf(spec, "normal");
      const plan = compileTraining(spec, state, kernels, { maxBatch: 16 });
      for (let step = 0; step < 4; step++) plan.step(randomBatch(spec, 16, step), 0.3);
      const file = joinBytes(encodePackedModel(packModel(spec, state, kernels)).parts);
      const batch = randomBatch(spec, 16, 99);
      const [trained, served] = [new Float32Array(16), new Float32Array(16)];

      plan.infer(batch, trained);
      compileInference(decodePackedModel("model", file), kernels, { maxBatch: 16 }).infer(batch, served);

      expect(served).toEqual(trained);
    },
  );

  test("gives the same bits at each run", () => {
    const spec = specOf(way);
    const run = () => {
      const state = stateOf(spec);
      const plan = compileTraining(spec, state, kernels, { maxBatch: 16 });
      for (let step = 0; step < 4; step++) plan.step(randomBatch(spec, 16, step), 0.3);
      return stateBits(spec, state);
    };

    expect(run()).toEqual(run());
  });
});

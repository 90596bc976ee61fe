import { describe, expect, it } from "vitest";
import {
  allocateRows,
  isPlainModel,
  isPlainPackedModel,
  type ModelSpec,
  type PackedModel,
  type TableQuantization,
} from "../../src/index.ts";
import { smallSpec } from "./small-model.ts";

const spec = smallSpec();

const packed: PackedModel = {
  spec,
  tables: [new Float32Array(8)],
  poolingWeights: [new Float32Array(0)],
  bottom: [{ weight: new Float32Array(4), bias: new Float32Array(2) }],
  top: [{ weight: new Float32Array(3), bias: new Float32Array(1) }],
  projections: [],
};

const rowFormat = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "row" } } as const;

describe("isPlainModel", () => {
  const strangers: readonly (readonly [string, object])[] = [
    ["another part of the model", { ...spec, dropout: 0.5 }],
    ["something about the interaction", { ...spec, interaction: { ...spec.interaction, bits: 16 } }],
    ["something about a layer", { ...spec, top: [{ ...spec.top[0], dropout: 0.5 }] }],
    ["something about a table", { ...spec, tables: [{ ...spec.tables[0], prune: true }] }],
    ["another quantization", { ...spec, tables: [{ ...spec.tables[0], quantization: { kind: "wild" } }] }],
    ["another feature", { ...spec, features: [{ ...spec.features[0], kind: "wild" }] }],
    ["a table that two features read", { ...spec, features: [spec.features[0], spec.features[0]] }],
    ["another optimizer", { ...spec, optimizer: { kind: "adam" } }],
    ["something about the loss", { ...spec, loss: { ...spec.loss, focus: 2 } }],
    ["other layers", { ...spec, linearQuantization: { kind: "wild" } }],
  ];

  it.each(strangers)("answers no for %s", (_, stranger) => {
    // The cast stands for a spec of a later version, which today's types cannot say.
    expect(isPlainModel(stranger as ModelSpec)).toBe(false);
  });

  it("answers yes for tables behind uniform codes of every granularity", () => {
    for (const granularity of [
      { kind: "table" },
      { kind: "row" },
      { kind: "group", groupCols: 2 },
    ] as const) {
      const refresh = { kind: "every-step" } as const;
      expect(isPlainModel(smallSpec({ kind: "fake", bits: 4, granularity, refresh }))).toBe(true);
    }
  });
});

describe("isPlainModel, of tables that a fused training plan does not know", () => {
  const refresh = { kind: "every-step" } as const;
  const threshold = { kind: "relative", fraction: 0.1 } as const;
  it.each<TableQuantization>([
    { kind: "learned-step", bits: 4, step: { kind: "gradient" } },
    { kind: "dorefa", bits: 4, range: "table", refresh },
    { kind: "dead-zone", bits: 4, threshold, levels: "log", refresh },
    { kind: "dead-zone", bits: 32, threshold, levels: "log", refresh },
    { kind: "stored", bits: 8, rounding: { kind: "nearest" }, step: { kind: "absmax" } },
  ])("answers no for $kind", (quantization) => {
    expect(isPlainModel(smallSpec(quantization))).toBe(false);
  });
});

describe("isPlainPackedModel", () => {
  it("answers by how the tables are packed, not by how they were trained", () => {
    const trained = { ...spec.tables[0], quantization: { kind: "wild" } };
    const model = { ...packed, spec: { ...spec, tables: [trained] }, tables: [allocateRows(rowFormat, 4)] };

    // As above: a kind of a later version.
    expect(isPlainPackedModel(model as PackedModel)).toBe(true);
  });

  it("does not ask what regularized the training, which a training plan must", () => {
    const regularized = { ...spec, regularization: { l2: 0.1, dropout: { rate: 0.5, seed: 1 } } };

    expect(isPlainPackedModel({ ...packed, spec: regularized })).toBe(true);
    expect(isPlainModel(regularized)).toBe(false);
  });

  it("answers no for quantized activations", () => {
    const activationQuantization = { bits: 8, at: "stacks", range: { kind: "running" } } as const;

    expect(isPlainPackedModel({ ...packed, spec: { ...spec, activationQuantization } })).toBe(false);
  });

  it("answers no for rows of a scheme that came later", () => {
    const rows = { ...allocateRows(rowFormat, 4), format: { ...rowFormat, scheme: "wild" } };

    // As above.
    expect(isPlainPackedModel({ ...packed, tables: [rows] } as unknown as PackedModel)).toBe(false);
  });
});

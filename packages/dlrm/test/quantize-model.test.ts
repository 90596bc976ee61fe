import {
  compileInference,
  createKernels,
  reference,
  type PackedModel,
  type PackedRows,
  type TableQuantization,
} from "@dqrm/core";
import { dequantizeTable, encodeFbgemmRows, fusedFbgemmRows, quantizeFbgemmTable } from "@dqrm/quant";
import { describe, expect, test } from "vitest";
import {
  decodePackedModel,
  encodePackedModel,
  floatModel,
  joinBytes,
  packModel,
  quantizeModel,
  quantizeModelPausing,
  rowwisePostTraining,
  vanillaPostTraining,
  type PartReport,
  type PostTrainingConfig,
  type RangeSearch,
  type TablePostTraining,
} from "../src/index.ts";
import { mixedSpec, randomBatch, randomState, smallSpec, storedSpec } from "./model-cases.ts";

const kernels = createKernels([reference]);
const none: TableQuantization = { kind: "none" };
const spec = smallSpec([none, none, none]);
const state = randomState(spec, 3);
const model = floatModel(spec, state);
const { mlp, tables } = vanillaPostTraining(4);
const kept: PostTrainingConfig["mlp"] = { ...mlp, bits: 32 };

function quantized(overrides: Partial<TablePostTraining>, layers = kept): ReturnType<typeof quantizeModel> {
  return quantizeModel(model, { tables: { ...tables, ...overrides }, mlp: layers }, kernels);
}

function packedTable({ tables: [first] }: PackedModel): PackedRows {
  if (first instanceof Float32Array) throw new TypeError("expected codes");
  return first;
}

function errorOf(overrides: Partial<TablePostTraining>): number {
  return quantized(overrides).report.parts[0].distortion?.meanSquaredError ?? NaN;
}

test("vanilla quantization gives the model that training with exact scales would pack", () => {
  const fake = {
    kind: "fake",
    bits: 4,
    granularity: { kind: "table" },
    refresh: { kind: "every-step" },
  } as const;
  const trained = smallSpec([fake, fake, fake], {
    linearQuantization: { kind: "fake", bits: 4, granularity: "channel", bias: "same" },
  });

  const { model: after } = quantizeModel(model, vanillaPostTraining(4), kernels);

  const expected = packModel(trained, state, kernels);
  expect({ ...after, spec: trained }).toEqual(expected);
  expect(after.spec).toEqual(spec);
});

test("the FBGEMM scheme gives tables that FBGEMM's bytes can hold", () => {
  const { model: after } = quantized({ scheme: "fbgemm", granularity: "row", bits: 8 });

  const packed = packedTable(after);
  const { cols, rows } = spec.tables[0];
  expect(packed).toEqual(quantizeFbgemmTable(state.tables[0].weights, rows, { bits: 8, cols }));
  expect(encodeFbgemmRows(packed, fusedFbgemmRows(8, cols)).length).toBe(rows * (cols + 8));
});

test("the row-wise preset is PyTorch's, with its greedy search", () => {
  // 4 bits need whole bytes; the tables of this model have 4 columns.
  const even = { ...spec, tables: spec.tables.map((table) => ({ ...table, cols: 4 })) };
  const layers = even.bottom.map((layer, k) => (k === 1 ? { ...layer, outputs: 4 } : layer));
  const top = even.top.map((layer, k) => (k === 0 ? { ...layer, inputs: 10 } : layer));
  const narrow = { ...even, bottom: layers, top };
  const floats = floatModel(narrow, randomState(narrow, 4));
  const plain = rowwisePostTraining(4);

  const { model: after, report } = quantizeModel(floats, plain, kernels);

  const exact = { ...plain, tables: { ...plain.tables, search: { kind: "none" } as const } };
  const before = quantizeModel(floats, exact, kernels).report;
  report.parts.slice(0, 3).forEach((part, t) => {
    expect(part.distortion?.meanSquaredError).toBeLessThan(
      before.parts[t].distortion?.meanSquaredError ?? NaN,
    );
  });
  expect(encodeFbgemmRows(packedTable(after), fusedFbgemmRows(4, 4)).length).toBe(300 * 6);
});

describe.each(["symmetric", "asymmetric"] as const)("at 3 bits, %s", (scheme) => {
  test.each(["table", "row", "group"] as const)(
    "with a scale per %s, searches lose less and less",
    (granularity) => {
      const format = { bits: 3, scheme, granularity, groupCols: 3 } as const;
      const search = (found: RangeSearch): number => errorOf({ ...format, search: found });

      const greedy = search({ kind: "greedy", bins: 60, ratio: 0.5 });
      const best = search({ kind: "squared-error", steps: 60 });

      expect(greedy).toBeLessThan(search({ kind: "none" }));
      expect(best).toBeLessThan(greedy);
    },
  );
});

test("a dead zone turns what lies below its threshold into zero", () => {
  const { report } = quantized({ scheme: "dead-zone", threshold: { kind: "relative", value: 0.5 } });

  const { zeroShare } = report.parts[0].distortion ?? { zeroShare: NaN };
  // 1500 weights uniform in [−0.5, 0.5): half of them below half the peak, give or take six standard deviations.
  expect(Math.abs(zeroShare - 0.5)).toBeLessThan(6 * Math.sqrt(0.25 / 1500));
});

test("percentiles leave outliers outside, and the report counts them", () => {
  const { report } = quantized({ search: { kind: "percentile", percent: 90 } });

  const { clampedShare } = report.parts[0].distortion ?? { clampedShare: NaN };
  // Uniform weights: a tenth above and a tenth below 80 % of the range; half a step of 1/7 of it more is not clamped.
  expect(clampedShare).toBeGreaterThan(0.05);
  expect(clampedShare).toBeLessThan(0.2);
});

test("tables of some size take other bits, by the last rule that they reach", () => {
  const overrides = [
    { minRows: 305, bits: 8, granularity: "row" },
    { minRows: 310, bits: 32, granularity: "table" },
  ] as const;

  const { report } = quantized({ overrides });

  // 300, 307 and 314 rows.
  expect(report.parts.slice(0, 3).map(({ bits }) => bits)).toEqual([4, 8, 32]);
});

test("parts with 32 bits stay the arrays that they were, packed or not", () => {
  const packed = quantized({}).model;

  const again = quantizeModel(packed, { tables: { ...tables, bits: 32 }, mlp: { ...mlp, bits: 8 } }, kernels);

  again.model.tables.forEach((table, t) => {
    expect(table).toBe(packed.tables[t]);
  });
  expect(again.report.parts[0].distortion).toBeNull();
  expect(again.report.parts.find(({ name }) => name === "top.0.weight")?.bits).toBe(8);
});

test("the report names every part, its bytes and what was lost, by hand", () => {
  const { model: after, report } = quantized({ bits: 4 }, mlp);

  const [table, , , weight, bias] = report.parts;
  const packed = packedTable(after);
  const weights = state.tables[0].weights;
  const back = dequantizeTable(packed);
  const squared = weights.reduce((sum, w, i) => sum + (back[i] - w) ** 2, 0);
  // 300 rows of 5 columns: 3 bytes a row, one scale; the first layer has 7 outputs of 3 inputs: 2 bytes and a scale each.
  expect(table).toMatchObject({ name: "C0", kind: "table", rows: 300, cols: 5, bits: 4 });
  expect([table.floatBytes, table.packedBytes]).toEqual([6000, 904]);
  expect(table.distortion?.meanSquaredError).toBeCloseTo(squared / 1500, 12);
  expect(table.distortion?.histogram.reduce((a, b) => a + b)).toBe(1500);
  expect(weight).toMatchObject({ name: "bottom.0.weight", kind: "layer", rows: 7, cols: 3, packedBytes: 42 });
  expect(bias).toMatchObject({ name: "bottom.0.bias", rows: 7, cols: 1, packedBytes: 35 });
  expect(report.bytesBefore).toBe(encodePackedModel(model).layout.fileBytes);
  expect(report.bytesAfter).toBe(encodePackedModel(after).layout.fileBytes);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test("a quantized model is saved, loaded and served as it is", () => {
  const configs: PostTrainingConfig[] = [
    vanillaPostTraining(4),
    { ...rowwisePostTraining(8) },
    { tables: { ...tables, scheme: "asymmetric", granularity: "group", groupCols: 2 }, mlp },
  ];
  const batch = randomBatch(spec, 9, 5);
  for (const config of configs) {
    const { model: after } = quantizeModel(model, config, kernels);
    const loaded = decodePackedModel("f", joinBytes(encodePackedModel(after).parts));
    const [direct, stored] = [new Float32Array(9), new Float32Array(9)];

    compileInference(after, kernels, { maxBatch: 9 }).infer(batch, direct);
    compileInference(loaded, kernels, { maxBatch: 9 }).infer(batch, stored);

    expect([...stored]).toEqual([...direct]);
    expect(loaded.spec).toEqual(spec);
  }
});

test("features of every kind are quantized where they have tables", () => {
  const mixed = mixedSpec({ kind: "sgd" });
  const floats = floatModel(mixed, randomState(mixed, 5));

  const { model: after, report } = quantizeModel(floats, vanillaPostTraining(8), kernels);

  expect(after.tables.every((table) => !(table instanceof Float32Array))).toBe(true);
  expect(after.projections).toBe(floats.projections);
  expect(report.parts.filter(({ kind }) => kind === "table")).toHaveLength(mixed.tables.length);
});

test("the pausing form gives the same and tells of each part", async () => {
  const seen: PartReport[] = [];

  const paused = await quantizeModelPausing(model, vanillaPostTraining(4), kernels, async (part) => {
    seen.push(part);
    await Promise.resolve();
  });

  expect(paused).toEqual(quantizeModel(model, vanillaPostTraining(4), kernels));
  expect(seen).toEqual(paused.report.parts);
});

test("what was lost is null for JSON where nothing was", () => {
  const zeros = {
    ...model,
    tables: model.tables.map((table) => new Float32Array(table instanceof Float32Array ? table.length : 0)),
  };

  const { report } = quantizeModel(zeros, { tables, mlp: kept }, kernels);

  expect(report.parts[0].distortion).toMatchObject({
    meanSquaredError: 0,
    signalToNoiseDb: null,
    zeroShare: 1,
  });
});

describe("refuses", () => {
  const refusal = (what: string): unknown =>
    expect.objectContaining({ code: "VALUE", message: expect.stringContaining(what) as string });

  test("to quantize codes again", () => {
    const packed = quantized({}, mlp).model;
    const layersOnly: PostTrainingConfig = { tables: { ...tables, bits: 32 }, mlp };

    expect(() => quantizeModel(packed, vanillaPostTraining(4), kernels)).toThrow(
      refusal("table C0 is packed already"),
    );
    expect(() => quantizeModel(packed, layersOnly, kernels)).toThrow(
      refusal("layer bottom.0 is packed already"),
    );
  });

  test.each([
    [{ bits: 3, granularity: "row" }],
    [{ bits: 4, granularity: "table" }],
    [{ bits: 4, granularity: "group" }],
  ] as const)("what FBGEMM cannot hold: %o", (format) => {
    expect(() => quantized({ scheme: "fbgemm", ...format })).toThrow(refusal("format of table C0"));
  });

  test("the floats of a table that was trained without any", () => {
    const stored = storedSpec({ kind: "sgd" });

    expect(() => floatModel(stored, randomState(stored, 1))).toThrow(refusal("codes only"));
  });

  test("weights that are no numbers", () => {
    const broken = {
      ...model,
      tables: [Float32Array.from(state.tables[0].weights, () => NaN), ...model.tables.slice(1)],
    };

    expect(() => quantizeModel(broken, vanillaPostTraining(4), kernels)).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
  });
});

import { describe, expect, test } from "vitest";
import {
  allocateRows,
  compileInference,
  compileTraining,
  type PackedModel,
  type RowFormat,
} from "../../src/index.ts";
import { kernels, smallSpec, smallState } from "./small-model.ts";

const spec = smallSpec();
const options = { maxBatch: 2 };
const floats = (length: number): Float32Array => new Float32Array(length);

describe("a state that does not fit its spec is refused before anything changes", () => {
  const state = smallState(spec);
  const [table] = state.tables;
  const [layer] = state.bottom;

  test.each([
    ["a table is missing", { ...state, tables: [] }, "tables has 0 elements, expected 1"],
    [
      "a table is short",
      { ...state, tables: [{ ...table, weights: floats(6) }] },
      "tables[0].weights has 6 elements, expected 8",
    ],
    [
      "a table remembers what SGD does not",
      { ...state, tables: [{ ...table, optimizer: floats(4) }] },
      "tables[0].optimizer has 4 elements, expected 0",
    ],
    [
      "a layer has no bias",
      { ...state, bottom: [{ ...layer, bias: floats(0) }] },
      "bottom[0].bias has 0 elements, expected 2",
    ],
    [
      "a projection is left over",
      { ...state, projections: [layer] },
      "projections has 1 elements, expected 0",
    ],
  ])("%s", (_, wrong, message) => {
    expect(() => compileTraining(spec, wrong, kernels, options)).toThrow(`compileTraining: ${message}`);
  });
});

describe("a packed model that does not fit its spec is refused", () => {
  const format: RowFormat = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } };
  const model: PackedModel = {
    spec,
    tables: [allocateRows(format, 4)],
    poolingWeights: [floats(0)],
    bottom: [{ weight: floats(4), bias: floats(2) }],
    top: [{ weight: floats(3), bias: floats(1) }],
    projections: [],
  };

  test.each([
    [
      "a table is too narrow",
      { ...model, tables: [allocateRows({ ...format, cols: 1 }, 4)] },
      "tables[0] cols has 1 elements, expected 2",
    ],
    [
      "a table is too long",
      { ...model, tables: [allocateRows(format, 5)] },
      "tables[0] rows has 5 elements, expected 4",
    ],
    ["a float table is short", { ...model, tables: [floats(7)] }, "tables[0] has 7 elements, expected 8"],
    [
      "pooling weights are missing",
      { ...model, poolingWeights: [] },
      "poolingWeights has 0 elements, expected 1",
    ],
    ["a layer is missing", { ...model, top: [] }, "top has 0 elements, expected 1"],
  ])("%s", (_, wrong, message) => {
    expect(() => compileInference(wrong, kernels, options)).toThrow(`compileInference: ${message}`);
  });

  test("but one that fits is served", () => {
    expect(compileInference(model, kernels, options).backend).toBe("reference");
  });
});

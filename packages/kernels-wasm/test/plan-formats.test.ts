import {
  allocateModelState,
  allocateRows,
  compileInference,
  compileTraining,
  createArena,
  createKernels,
  createRandom,
  isDeadZone,
  isDeadZoneWidth,
  jaggedFrom,
  layerFormat,
  reference,
  SCHEMES,
  type Batch,
  type Kernels,
  type LinearQuantization,
  type ModelSpec,
  type ModelState,
  type PackedLayer,
  type PackedModel,
  type RowFormat,
  type TableQuantization,
} from "@dqrm/core";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";
import { predictionBounds, unpack } from "./prediction-bound.ts";

const SIZE = 9;
const TABLE_ROWS = [40, 300, 9];

const runtime = await createRuntime<TrainingExports>({
  module: trainingModule,
  threads: 1,
  maximumPages: 1 << 10,
});
const wasm = createKernels([createBackend(runtime), reference]);
const plain = createKernels([reference]);

function modelSpec(cols: number, quantization: TableQuantization, layers: LinearQuantization): ModelSpec {
  return {
    denseFeatures: 5,
    tables: TABLE_ROWS.map((rows, t) => ({
      name: `t${t}`,
      rows,
      cols,
      quantization,
      poolingWeights: "none",
    })),
    features: TABLE_ROWS.map((_, table) => ({ kind: "table", table, pooling: "sum" })),
    bottom: [
      { inputs: 5, outputs: 11, activation: "relu" },
      { inputs: 11, outputs: cols, activation: "relu" },
    ],
    interaction: { kind: "dot", itself: false },
    top: [
      { inputs: cols + 6, outputs: 10, activation: "sigmoid" },
      { inputs: 10, outputs: 1, activation: "none" },
    ],
    linearQuantization: layers,
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer: { kind: "sgd" },
  };
}

const random = createRandom({ seed: 15, stream: 16 });
const batch: Batch = {
  size: SIZE,
  dense: Float32Array.from({ length: SIZE * 5 }, () => random.normal()),
  labels: new Float32Array(SIZE),
  bags: TABLE_ROWS.map((rows, t) =>
    jaggedFrom(
      Array.from({ length: SIZE }, (_, b) => Array.from({ length: (b + t) % 3 }, () => random.integer(rows))),
    ),
  ),
};

function stateOf(spec: ModelSpec): ModelState {
  const state = allocateModelState(spec, createArena(1 << 16));
  const draw = createRandom({ seed: 17, stream: 18 });
  const fill = (values: Float32Array, deviation: number): void => {
    for (let i = 0; i < values.length; i++) values[i] = deviation * draw.normal();
  };
  for (const { weights } of state.tables) fill(weights, 0.4);
  for (const { bias, weight } of [...state.bottom, ...state.top]) {
    fill(weight, 0.3);
    fill(bias, 0.1);
  }
  return state;
}

/** Replaces rows by what their codes give, with the scales that they choose. */
function quantized(format: RowFormat, weights: Float32Array): Float32Array {
  const rows = weights.length / format.cols;
  const { bias, scale } = allocateRows(format, rows);
  const floats = new Float32Array(weights.length);
  plain.prepare("chooseScale", format)(weights, scale, bias, 0, rows);
  plain.prepare("fakeQuantizeRows", format)(weights, scale, bias, floats, 0, rows);
  return floats;
}

/** Gives the model that a training plan sees, in floats; biases stay floats. */
function servedFloats(spec: ModelSpec, state: ModelState): PackedModel {
  const { linearQuantization } = spec;
  const layer = ({ bias, weight }: { bias: Float32Array; weight: Float32Array }): PackedLayer => {
    if (linearQuantization.kind === "none") return { weight, bias };
    return { weight: quantized(layerFormat(linearQuantization, weight.length / bias.length), weight), bias };
  };
  return {
    spec,
    tables: state.tables.map(({ weights }, t) => {
      const { cols, quantization } = spec.tables[t];
      if (quantization.kind !== "fake") return weights;
      const { bits, granularity } = quantization;
      return quantized({ bits, cols, granularity, scheme: "symmetric" }, weights);
    }),
    poolingWeights: spec.tables.map(() => new Float32Array(0)),
    bottom: state.bottom.map(layer),
    top: state.top.map(layer),
    projections: [],
  };
}

function expectWithin(actual: Float32Array, model: PackedModel): void {
  const { error, value } = predictionBounds(model, batch, "float32");
  const worst = value.reduce((most, p, s) => Math.max(most, Math.abs(actual[s] - p) / error[s]), 0);
  expect(worst).toBeLessThanOrEqual(1);
  // Codes are so far apart that one that is wrong shows: the bound leaves room for rounding only.
  expect(Math.max(...error)).toBeLessThan(2 ** -11);
}

const once = { kind: "once" } as const;
const none = { kind: "none" } as const;
const TABLES: Readonly<Record<string, TableQuantization>> = {
  "signs of a table": { kind: "fake", bits: 1, granularity: { kind: "table" }, refresh: once },
  "signs of rows": { kind: "fake", bits: 1, granularity: { kind: "row" }, refresh: once },
  "2 bits, groups of 3": {
    kind: "fake",
    bits: 2,
    granularity: { kind: "group", groupCols: 3 },
    refresh: once,
  },
  "3 bits, groups wider than a row": {
    kind: "fake",
    bits: 3,
    granularity: { kind: "group", groupCols: 100 },
    refresh: once,
  },
  "16 bits of a table": { kind: "fake", bits: 16, granularity: { kind: "table" }, refresh: once },
};
const LAYERS: Readonly<Record<string, LinearQuantization>> = {
  "signs of channels": { kind: "fake", bits: 1, granularity: "channel", bias: "float" },
  "2 bits of a matrix": { kind: "fake", bits: 2, granularity: "matrix", bias: "float" },
  "16 bits of channels": { kind: "fake", bits: 16, granularity: "channel", bias: "float" },
};

function trainingPredictions(spec: ModelSpec, state: ModelState, kernels: Kernels): Float32Array {
  const dst = new Float32Array(SIZE);
  compileTraining(spec, state, kernels, { maxBatch: SIZE }).infer(batch, dst);
  return dst;
}

for (const cols of [7, 16]) {
  for (const [name, quantization] of Object.entries(TABLES)) {
    test(`a training plan sees tables of ${cols} columns through ${name}`, () => {
      const spec = modelSpec(cols, quantization, none);

      const actual = trainingPredictions(spec, stateOf(spec), wasm);

      expectWithin(actual, servedFloats(spec, stateOf(spec)));
    });
  }

  for (const [name, layers] of Object.entries(LAYERS)) {
    test(`a training plan sees layers between ${cols} columns through ${name}`, () => {
      const spec = modelSpec(cols, none, layers);

      const actual = trainingPredictions(spec, stateOf(spec), wasm);

      expectWithin(actual, servedFloats(spec, stateOf(spec)));
    });
  }
}

const GRANULARITIES = [{ kind: "table" }, { kind: "row" }, { kind: "group", groupCols: 3 }] as const;

for (const bits of [1, 2, 3, 4, 5, 6, 7, 8, 16] as const) {
  for (const scheme of SCHEMES) {
    if (isDeadZone(scheme) && !isDeadZoneWidth(bits)) continue;
    test(`an inference plan reads ${scheme} codes of ${bits} bits in place, of any granularity and width`, () => {
      for (const granularity of GRANULARITIES) {
        for (const cols of [7, 16]) {
          const spec = modelSpec(cols, none, none);
          const floats = servedFloats(spec, stateOf(spec));
          const format = { bits, cols, scheme, granularity };
          const tables = floats.tables.map((weights, t) => {
            const packed = allocateRows(format, TABLE_ROWS[t]);
            const source = unpack(weights);
            plain.prepare("chooseScale", format)(source, packed.scale, packed.bias, 0, packed.rows);
            if (isDeadZone(scheme)) packed.bias.set(packed.scale.map((top) => top / 8));
            const quantize = plain.prepare("quantizeRows", { format, rounding: "nearest" });
            quantize(source, packed, { seed: 0, stream: 0 }, 0, packed.rows);
            return packed;
          });
          const model = { ...floats, tables };
          const dst = new Float32Array(SIZE);

          const plan = compileInference(model, wasm, { maxBatch: SIZE });
          plan.infer(batch, dst);

          // Levels that rows have of their own are left to single kernels.
          const left = isDeadZone(scheme) && granularity.kind !== "table";
          expect(plan.backend).toBe(left ? "wasm, reference" : "wasm");
          expectWithin(dst, model);
        }
      }
    });
  }
}

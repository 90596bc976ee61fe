import {
  allocateModelState,
  allocateRows,
  compileInference,
  createArena,
  createKernels,
  createRandom,
  jaggedFrom,
  reference,
  type Batch,
  type LayerSpec,
  type ModelSpec,
  type PackedLayer,
  type PackedModel,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { startWorker } from "../src/node/start-worker.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { predictionBounds } from "./prediction-bound.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";

const SIZE = 150;
const COLS = 8;

const runtime = await createRuntime<TrainingExports>({
  module: trainingModule,
  threads: 2,
  startWorker,
  maximumPages: 1 << 12,
});
const wasm = createKernels([createBackend(runtime), reference]);
const plain = createKernels([reference]);

const spec: ModelSpec = {
  denseFeatures: 5,
  tables: [40, 300, 9].map((rows, t) => ({
    name: `t${t}`,
    rows,
    cols: COLS,
    quantization: { kind: "fake", bits: 4, granularity: { kind: "row" }, refresh: { kind: "once" } },
    poolingWeights: "none",
  })),
  features: [0, 1, 2].map((table) => ({ kind: "table", table, pooling: "sum" })),
  bottom: [
    { inputs: 5, outputs: 11, activation: "relu" },
    { inputs: 11, outputs: COLS, activation: "relu" },
  ],
  interaction: { kind: "dot", itself: false },
  top: [
    { inputs: COLS + 6, outputs: 10, activation: "sigmoid" },
    { inputs: 10, outputs: 1, activation: "none" },
  ],
  linearQuantization: { kind: "fake", bits: 8, granularity: "channel", bias: "float" },
  loss: { kind: "bce", threshold: 0, weights: [1, 1] },
  optimizer: { kind: "sgd" },
};

function pack(format: RowFormat, rows: number, weights: Float32Array): PackedRows {
  const packed = allocateRows(format, rows);
  plain.prepare("chooseScale", format)(weights, packed.scale, packed.bias, 0, rows);
  plain.prepare("quantizeRows", { format, rounding: "nearest" })(
    weights,
    packed,
    { seed: 0, stream: 0 },
    0,
    rows,
  );
  return packed;
}

const symmetric = { scheme: "symmetric", granularity: { kind: "row" } } as const;
const LAYERS: Readonly<Record<string, RowFormat | undefined>> = {
  floats: undefined,
  "codes of 8 bits": { bits: 8, cols: 1, ...symmetric },
  "codes of 3 bits": { bits: 3, cols: 1, ...symmetric },
  signs: { bits: 1, cols: 1, ...symmetric },
  "one scale for a layer": { bits: 8, cols: 1, scheme: "symmetric", granularity: { kind: "table" } },
  "codes of 16 bits": { bits: 16, cols: 1, ...symmetric },
  "asymmetric codes": { bits: 8, cols: 1, scheme: "asymmetric", granularity: { kind: "row" } },
};

function modelOf(format: RowFormat | undefined): PackedModel {
  const state = allocateModelState(spec, createArena(1 << 16));
  const random = createRandom({ seed: 3, stream: 4 });
  const draw = (values: Float32Array, deviation: number): Float32Array =>
    values.map(() => deviation * random.normal());
  const layer = ({ inputs, outputs }: LayerSpec): PackedLayer => {
    const weight = draw(new Float32Array(inputs * outputs), 0.3);
    const bias = draw(new Float32Array(outputs), 0.1);
    return {
      weight: format === undefined ? weight : pack({ ...format, cols: inputs }, outputs, weight),
      bias,
    };
  };
  return {
    spec,
    tables: state.tables.map(({ weights }, t) =>
      pack({ bits: 4, cols: COLS, ...symmetric }, spec.tables[t].rows, draw(weights, 0.4)),
    ),
    poolingWeights: spec.tables.map(() => new Float32Array(0)),
    bottom: spec.bottom.map(layer),
    top: spec.top.map(layer),
    projections: [],
  };
}

const random = createRandom({ seed: 5, stream: 6 });
const batch: Batch = {
  size: SIZE,
  dense: Float32Array.from({ length: SIZE * 5 }, () => random.normal()),
  labels: new Float32Array(SIZE),
  bags: spec.tables.map(({ rows }, t) =>
    jaggedFrom(
      Array.from({ length: SIZE }, (_, b) => Array.from({ length: (b + t) % 3 }, () => random.integer(rows))),
    ),
  ),
};

function predictions(model: PackedModel, kernels: typeof wasm, products: "float32" | "int8"): Float32Array {
  const plan = compileInference(model, kernels, { maxBatch: SIZE, products });
  const dst = new Float32Array(SIZE);
  plan.infer(batch, dst);
  return dst;
}

for (const [name, format] of Object.entries(LAYERS)) {
  test(`8-bit products stay within the bound of their rounding: ${name}`, () => {
    const model = modelOf(format);
    const bounds = predictionBounds(model, batch, "int8");
    const exact = predictions(model, plain, "float32");

    const actual = predictions(model, wasm, "int8");

    const worst = actual.reduce((most, p, s) => Math.max(most, Math.abs(p - exact[s]) / bounds.error[s]), 0);
    expect(worst).toBeLessThanOrEqual(1);
    // A bound that allows anything would prove nothing, and rounding that never shows is none.
    expect(bounds.error.reduce((most, e) => Math.max(most, e), 0)).toBeLessThan(0.25);
    expect(worst).toBeGreaterThan(0);
  });
}

for (const products of ["float32", "int8"] as const) {
  test(`a sample alone is served to the same bits as in a batch, with products in ${products}`, () => {
    const model = modelOf(LAYERS["codes of 8 bits"]);
    const together = predictions(model, wasm, products);
    const plan = compileInference(model, wasm, { maxBatch: 1, products });

    const alone = Array.from({ length: 20 }, (_, s) => {
      const bags = batch.bags.map(({ indices, offsets }) => ({
        indices: indices.slice(offsets[s], offsets[s + 1]),
        offsets: Int32Array.of(0, offsets[s + 1] - offsets[s]),
      }));
      const dst = new Float32Array(1);
      plan.infer({ size: 1, dense: batch.dense.subarray(s * 5), labels: batch.labels, bags }, dst);
      return dst[0];
    });

    expect(alone).toEqual([...together.subarray(0, 20)]);
  });
}

test.each(["bfloat16", "codes"] as const)("products in %s are declined", (products) => {
  const { plans } = createBackend(runtime);

  const plan = plans.inference?.(modelOf(undefined), { maxBatch: SIZE, products });

  expect(plan).toBe(undefined);
});

import type { FeatureSpec, ModelSpec, TableQuantization, TableSpec } from "../plan/model-spec.ts";

const COLS = 4;

/** Vocabulary of each feature: batches of the kit read no other rows. */
const ROWS = 11;

const everyStep = { kind: "every-step" } as const;
const none: TableQuantization = { kind: "none" };
const int4: TableQuantization = { kind: "fake", bits: 4, granularity: { kind: "table" }, refresh: everyStep };
const int8Rows: TableQuantization = {
  kind: "fake",
  bits: 8,
  granularity: { kind: "row" },
  refresh: everyStep,
};

const robe = {
  kind: "robe",
  table: 0,
  rows: ROWS,
  blockCols: 2,
  hash: "mixing",
  keyOffset: 0,
  seed: 5,
  signs: true,
  pooling: "sum",
} as const satisfies FeatureSpec;

const authors = { ...robe, hash: "reference", signs: false } as const;

/** Models whose features hold fewer numbers than their vocabularies have rows, by name. */
export const COMPRESSED_PLAN_MODELS: Readonly<Record<string, ModelSpec>> = {
  "hashed features, adagrad": {
    ...model(
      [table(5, COLS, none), table(3, COLS, int4)],
      [
        { kind: "hashed", table: 0, rows: ROWS, seed: 1, pooling: "sum" },
        { kind: "hashed", table: 1, rows: ROWS, seed: 2, pooling: "mean" },
      ],
    ),
    optimizer: { kind: "adagrad", epsilon: 0.01 },
  },
  "two robes in one array, INT4": model(
    [table(9, 2, int4)],
    [robe, { ...robe, keyOffset: ROWS, pooling: "mean" }],
  ),
  "two robes of the authors' mapping in one array": model(
    [table(13, 1, none)],
    [authors, { ...authors, keyOffset: ROWS }],
  ),
  "a robe with a scale for each block, rowwise-adagrad": {
    ...model([table(9, 2, int8Rows), table(ROWS, COLS, none)], [robe, lookup(1)]),
    optimizer: { kind: "rowwise-adagrad", epsilon: 0.01 },
  },
  "a tensor train of INT8 cores": model(
    [table(3, 4, int8Rows), table(2, 4, int8Rows), table(2, 4, int8Rows), table(ROWS, COLS, none)],
    [
      { kind: "tensor-train", tables: [0, 1, 2], rows: ROWS, dims: [2, 1, 2], rank: 2, pooling: "mean" },
      lookup(3),
    ],
  ),
  "two features of one table with learned pooling weights": model(
    [{ ...table(ROWS, COLS, none), poolingWeights: "learned" }],
    [lookup(0), lookup(0)],
  ),
};

function table(rows: number, cols: number, quantization: TableQuantization): TableSpec {
  return { name: `${rows} x ${cols}`, rows, cols, quantization, poolingWeights: "none" };
}

function lookup(index: number): FeatureSpec {
  return { kind: "table", table: index, pooling: "sum" };
}

function model(tables: readonly TableSpec[], features: readonly FeatureSpec[]): ModelSpec {
  return {
    denseFeatures: 4,
    tables,
    features,
    bottom: [{ inputs: 4, outputs: COLS, activation: "relu" }],
    interaction: { kind: "dot", itself: false },
    top: [
      { inputs: COLS + 3, outputs: 5, activation: "relu" },
      { inputs: 5, outputs: 1, activation: "none" },
    ],
    linearQuantization: { kind: "none" },
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer: { kind: "sgd" },
  };
}

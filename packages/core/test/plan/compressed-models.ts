import type { FeatureSpec, ModelSpec, TableQuantization, TableSpec } from "../../src/index.ts";

/** Columns of the vectors of every model here. */
export const COLS = 4;

/** Vocabulary of every feature here. */
export const ROWS = 12;

type Shape = readonly [rows: number, cols: number];

const pooled = { rows: ROWS, pooling: "sum" } as const;

const robe = {
  kind: "robe",
  table: 0,
  blockCols: 2,
  hash: "mixing",
  keyOffset: 0,
  seed: 3,
  signs: true,
} as const;

const quotientRemainder = {
  kind: "quotient-remainder",
  quotient: 0,
  remainder: 1,
  collisions: 3,
  pooling: "sum",
} as const;

/** Every way to hold fewer numbers than a vocabulary has: the feature, and the tables that it reads. */
export const COMPRESSIONS: Readonly<Record<string, readonly [FeatureSpec, ...Shape[]]>> = {
  hashed: [{ kind: "hashed", table: 0, seed: 3, ...pooled }, [5, COLS]],
  "robe of aligned blocks": [{ ...robe, ...pooled, signs: false }, [9, 2]],
  "robe with signs": [{ ...robe, ...pooled }, [9, 2]],
  "robe of single cells": [{ ...robe, ...pooled, blockCols: 1 }, [17, 1]],
  "robe of whole rows": [{ ...robe, ...pooled, blockCols: COLS }, [7, COLS]],
  "robe of the authors": [{ ...robe, ...pooled, hash: "reference" }, [17, 1]],
  "tensor train": [
    { kind: "tensor-train", tables: [0, 1, 2], dims: [2, 1, 2], rank: 3, ...pooled },
    [3, 6],
    [2, 9],
    [2, 6],
  ],
  "quotient-remainder mult": [{ ...quotientRemainder, combine: "mult" }, [4, COLS], [3, COLS]],
  "quotient-remainder add": [{ ...quotientRemainder, combine: "add" }, [4, COLS], [3, COLS]],
  "quotient-remainder concat": [{ ...quotientRemainder, combine: "concat" }, [4, 1], [3, 3]],
  projected: [{ kind: "projected", table: 0, pooling: "sum" }, [ROWS, 2]],
};

/** Builds a model of two features: the compressed one, and a plain table of as many rows. */
export function compressedSpec(
  [feature, ...shapes]: readonly [FeatureSpec, ...Shape[]],
  quantization: TableQuantization,
): ModelSpec {
  const table = ([rows, cols]: Shape, t: number): TableSpec => ({
    name: `table ${t}`,
    rows,
    cols,
    quantization,
    poolingWeights: "none",
  });
  return {
    denseFeatures: 4,
    tables: [...shapes, [ROWS, COLS] as const].map(table),
    features: [feature, { kind: "table", table: shapes.length, pooling: "sum" }],
    bottom: [{ inputs: 4, outputs: COLS, activation: "relu" }],
    interaction: { kind: "dot", itself: false },
    top: [{ inputs: COLS + 3, outputs: 1, activation: "none" }],
    linearQuantization: { kind: "none" },
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer: { kind: "sgd" },
  };
}

const everyStep = { kind: "every-step" } as const;

const fake = (
  bits: 2 | 3 | 4 | 8,
  granularity: Extract<TableQuantization, { kind: "fake" }>["granularity"],
): TableQuantization => ({ kind: "fake", bits, granularity, refresh: everyStep });

/** Quantizations that every compression is tried with. */
export const QUANTIZATIONS: Readonly<Record<string, TableQuantization>> = {
  floats: { kind: "none" },
  "INT8, a scale for the table": fake(8, { kind: "table" }),
  "INT4, a scale for the table": fake(4, { kind: "table" }),
  "INT3, a scale for the table": fake(3, { kind: "table" }),
  "INT4, a scale for each row": fake(4, { kind: "row" }),
  "INT8, a scale for two columns": fake(8, { kind: "group", groupCols: 2 }),
  "INT2, a scale every second step": {
    kind: "fake",
    bits: 2,
    granularity: { kind: "table" },
    refresh: { kind: "periodic", periodSteps: 2 },
  },
  "a learned step": { kind: "learned-step", bits: 4, step: { kind: "relative", rate: 0.01 } },
  DoReFa: { kind: "dorefa", bits: 4, range: "table", refresh: everyStep },
  "a dead zone": {
    kind: "dead-zone",
    bits: 4,
    threshold: { kind: "relative", fraction: 0.1 },
    levels: "log",
    refresh: everyStep,
  },
  "rare rows cut": {
    kind: "dead-zone",
    bits: 32,
    threshold: { kind: "frequency", minTouches: 2, fraction: 0 },
    levels: "log",
    refresh: everyStep,
  },
  "stored codes": {
    kind: "stored",
    bits: 8,
    rounding: { kind: "stochastic", seed: 3 },
    step: { kind: "absmax" },
  },
};

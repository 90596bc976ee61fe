import {
  allocateModelState,
  createArena,
  createRandom,
  jaggedFrom,
  type Batch,
  type ModelSpec,
  type ModelState,
} from "@dqrm/core";

/** Rows of each table of the model, of which a batch touches few. */
export const ROWS = 1000;

const COLS = 4;

/** Two tables behind 4 bits, layers behind 8, and everything that a step may do besides. */
export const smallSpec = {
  denseFeatures: 3,
  tables: ["first", "second"].map((name) => ({
    name,
    rows: ROWS,
    cols: COLS,
    quantization: { kind: "fake", bits: 4, granularity: { kind: "row" }, refresh: { kind: "every-step" } },
    poolingWeights: "none",
  })),
  features: [0, 1].map((table) => ({ kind: "table", table, pooling: "sum" })),
  bottom: [{ inputs: 3, outputs: COLS, activation: "relu" }],
  interaction: { kind: "dot", itself: false },
  top: [
    { inputs: COLS + 3, outputs: 5, activation: "relu" },
    { inputs: 5, outputs: 1, activation: "none" },
  ],
  linearQuantization: { kind: "fake", bits: 8, granularity: "channel", bias: "same" },
  regularization: { l2: 0.01, dropout: { rate: 0.25, seed: 9 } },
  loss: { kind: "bce", threshold: 0, weights: [1, 1] },
  optimizer: { kind: "adagrad", epsilon: 0.01 },
} as const satisfies ModelSpec;

/** The same model with nothing but products of floats. */
export const plainSpec: ModelSpec = withoutExtras(smallSpec);

function withoutExtras({ regularization: _, ...spec }: typeof smallSpec): ModelSpec {
  const tables = spec.tables.map((table) => ({ ...table, quantization: { kind: "none" } as const }));
  return { ...spec, tables, linearQuantization: { kind: "none" }, optimizer: { kind: "sgd" } };
}

export function smallState(spec: ModelSpec): ModelState {
  const state = allocateModelState(spec, createArena(1 << 14));
  const random = createRandom({ seed: 5, stream: 0 });
  const layers = [...state.bottom, ...state.top].flatMap(({ bias, weight }) => [bias, weight]);
  for (const array of [...state.tables.map(({ weights }) => weights), ...layers]) {
    for (let i = 0; i < array.length; i++) array[i] = 0.5 * random.normal();
  }
  return state;
}

/** Draws a batch. */
export function smallBatch(seed: number, size = 8): Batch {
  const random = createRandom({ seed, stream: 1 });
  const bags = [0, 1].map(() => jaggedFrom(Array.from({ length: size }, () => [random.integer(ROWS)])));
  return {
    size,
    dense: Float32Array.from({ length: 3 * size }, () => random.normal()),
    labels: Float32Array.from({ length: size }, () => random.integer(2)),
    bags,
  };
}

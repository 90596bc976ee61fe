import { allocateModelState, createArena, type Batch, type ModelSpec, type ModelState } from "@dqrm/core";

const layer = { activation: "relu" } as const;
/** A model with a table of three blocks, whose scale is exact at every step. */
export const spec: ModelSpec = {
  denseFeatures: 2,
  tables: [
    {
      name: "item",
      rows: 700,
      cols: 4,
      quantization: {
        kind: "fake",
        bits: 4,
        granularity: { kind: "table" },
        refresh: { kind: "every-step" },
      },
      poolingWeights: "none",
    },
  ],
  features: [{ kind: "table", table: 0, pooling: "sum" }],
  bottom: [{ inputs: 2, outputs: 4, ...layer }],
  interaction: { kind: "dot", itself: false },
  top: [{ inputs: 5, outputs: 1, activation: "none" }],
  linearQuantization: { kind: "none" },
  loss: { kind: "bce", threshold: 0, weights: [1, 1] },
  optimizer: { kind: "sgd" },
};

/** Gives the model's first state, the same each time. */
export function firstState(): ModelState {
  const state = allocateModelState(spec, createArena(1 << 14));
  state.tables[0].weights.forEach((_, i) => (state.tables[0].weights[i] = Math.sin(i)));
  for (const { weight } of [...state.bottom, ...state.top])
    weight.forEach((_, i) => (weight[i] = Math.cos(3 * i) / 2));
  return state;
}

/** Gives the batch of step k. */
export function batchOf(k: number): Batch {
  return {
    size: 3,
    dense: Float32Array.from({ length: 6 }, (_, i) => Math.sin(i + k)),
    labels: Float32Array.of(1, 0, 1),
    bags: [{ indices: Int32Array.of(k, 300 + k, k, 699), offsets: Int32Array.of(0, 2, 3, 4) }],
  };
}

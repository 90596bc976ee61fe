import {
  allocateModelState,
  compileTraining,
  createArena,
  createKernels,
  createRandom,
  jaggedFrom,
  packTable,
  reference,
  type Batch,
  type ModelSpec,
  type ModelState,
  type OptimizerSpec,
  type PackedModel,
  type TableQuantization,
  type TableSpec,
  type TrainingPlan,
} from "../../../src/index.ts";

export const kernels = createKernels([reference]);

const ROWS = 300;
const COLS = 4;

/** A table of bags with weights of their own, one with pooling weights, a quotient-remainder pair and a projected one. */
export function richSpec(
  quantization: TableQuantization,
  optimizer: OptimizerSpec = { kind: "sgd" },
): ModelSpec {
  const table = (name: string, rows: number, cols: number): TableSpec => ({
    name,
    rows,
    cols,
    quantization,
    poolingWeights: "none",
  });
  return {
    denseFeatures: 2,
    tables: [
      table("bags", ROWS, COLS),
      { ...table("weighted", ROWS, COLS), poolingWeights: "learned" },
      table("quotients", ROWS / 3, COLS),
      table("remainders", 3, COLS),
      table("narrow", ROWS, 2),
    ],
    features: [
      { kind: "table", table: 0, pooling: "mean" },
      { kind: "table", table: 1, pooling: "sum" },
      {
        kind: "quotient-remainder",
        quotient: 2,
        remainder: 3,
        collisions: 3,
        combine: "mult",
        pooling: "sum",
      },
      { kind: "projected", table: 4, pooling: "sum" },
    ],
    bottom: [{ inputs: 2, outputs: COLS, activation: "relu" }],
    interaction: { kind: "dot", itself: false },
    top: [{ inputs: COLS + 10, outputs: 1, activation: "none" }],
    linearQuantization: { kind: "none" },
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer,
  };
}

export function richState(spec: ModelSpec): ModelState {
  const state = allocateModelState(spec, createArena(1 << 16));
  const random = createRandom({ seed: 11, stream: 0 });
  const fill = (array: Float32Array, deviation: number): void => {
    for (let i = 0; i < array.length; i++) array[i] = deviation * random.normal();
  };
  for (const { poolingWeights, weights } of state.tables) {
    fill(weights, 0.3);
    poolingWeights.fill(1);
  }
  for (const { bias, weight } of [...state.bottom, ...state.top, ...state.projections]) {
    fill(weight, 0.5);
    fill(bias, 0.1);
  }
  return state;
}

export function richPlan(spec: ModelSpec, state: ModelState): TrainingPlan {
  return compileTraining(spec, state, kernels, { maxBatch: 8 });
}

/** Draws batches with empty bags, repeated rows and weights; rows are drawn unevenly, so that some come once. */
export function richBatches(count: number, seed = 5): readonly Batch[] {
  const random = createRandom({ seed, stream: 1 });
  const index = (): number => Math.floor(ROWS * random.next() ** 3);
  const bags = (size: number, most: number): number[][] =>
    Array.from({ length: size }, () => Array.from({ length: random.integer(most + 1) }, index));
  return Array.from({ length: count }, (): Batch => {
    const size = 8;
    const weighted = jaggedFrom(bags(size, 4));
    const weights = Float32Array.from(weighted.indices, () => random.normal());
    return {
      size,
      dense: Float32Array.from({ length: 2 * size }, () => random.normal()),
      labels: Float32Array.from({ length: size }, () => random.integer(2)),
      bags: [
        { ...weighted, weights },
        jaggedFrom(bags(size, 3)),
        jaggedFrom(bags(size, 2)),
        jaggedFrom(bags(size, 1)),
      ],
    };
  });
}

/** Packs a state whose layers are served in floats. */
export function packState(spec: ModelSpec, state: ModelState): PackedModel {
  return {
    spec,
    tables: spec.tables.map((table, t) => packTable(table, state.tables[t], kernels)),
    poolingWeights: state.tables.map(({ poolingWeights }) => poolingWeights),
    bottom: state.bottom,
    top: state.top,
    projections: state.projections,
  };
}

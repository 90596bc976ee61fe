import {
  allocateModelState,
  compileTraining,
  createArena,
  createKernels,
  createRandom,
  jaggedFrom,
  reference,
  type Batch,
  type ModelSpec,
  type ModelState,
  type TableQuantization,
  type TrainingPlan,
} from "../../src/index.ts";

/** Two dense features, one table of four rows and two columns, one layer on each side. */
export function smallSpec(quantization: TableQuantization = { kind: "none" }): ModelSpec {
  return {
    denseFeatures: 2,
    tables: [{ name: "shop", rows: 4, cols: 2, quantization, poolingWeights: "none" }],
    features: [{ kind: "table", table: 0, pooling: "sum" }],
    bottom: [{ inputs: 2, outputs: 2, activation: "relu" }],
    interaction: { kind: "dot", itself: false },
    top: [{ inputs: 3, outputs: 1, activation: "none" }],
    linearQuantization: { kind: "none" },
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer: { kind: "sgd" },
  };
}

export const kernels = createKernels([reference]);

export function smallState(spec: ModelSpec): ModelState {
  const state = allocateModelState(spec, createArena(1 << 12));
  const random = createRandom({ seed: 3, stream: 0 });
  const arrays = [
    ...state.tables.map(({ weights }) => weights),
    ...[...state.bottom, ...state.top].flatMap(({ bias, weight }) => [weight, bias]),
  ];
  for (const array of arrays) array.forEach((_, i) => (array[i] = random.normal()));
  return state;
}

export function smallPlan(spec: ModelSpec, state: ModelState): TrainingPlan {
  return compileTraining(spec, state, kernels, { maxBatch: 4 });
}

export function smallBatch(): Batch {
  return {
    size: 2,
    dense: Float32Array.of(0.5, -1, 2, 0.25),
    labels: Float32Array.of(1, 0),
    bags: [jaggedFrom([[0, 3], [1]])],
  };
}

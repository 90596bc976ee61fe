import { expect, test } from "vitest";
import {
  allocateGradients,
  allocateModelState,
  createArena,
  createKernels,
  createRandom,
  createSparseTraining,
  jaggedFrom,
  reference,
  type Batch,
  type ModelSpec,
  type ModelState,
} from "../../src/index.ts";

const COLS = 3;
const SIZE = 2;

/** A table in floats, one behind 4 bits that is projected, and one with learned pooling weights. */
const spec: ModelSpec = {
  denseFeatures: 1,
  tables: [
    { name: "plain", rows: 5, cols: COLS, quantization: { kind: "none" }, poolingWeights: "none" },
    {
      name: "narrow",
      rows: 5,
      cols: 2,
      quantization: {
        kind: "fake",
        bits: 4,
        granularity: { kind: "table" },
        refresh: { kind: "every-step" },
      },
      poolingWeights: "none",
    },
    { name: "weighted", rows: 5, cols: COLS, quantization: { kind: "none" }, poolingWeights: "learned" },
  ],
  features: [
    { kind: "table", table: 0, pooling: "sum" },
    { kind: "projected", table: 1, pooling: "mean" },
    { kind: "table", table: 2, pooling: "sum" },
  ],
  bottom: [{ inputs: 1, outputs: COLS, activation: "relu" }],
  interaction: { kind: "dot", itself: false },
  top: [{ inputs: COLS + 6, outputs: 1, activation: "none" }],
  linearQuantization: { kind: "none" },
  regularization: { l2: 0.5, dropout: { rate: 0, seed: 1 } },
  loss: { kind: "bce", threshold: 0, weights: [1, 1] },
  optimizer: { kind: "sgd" },
};

const batch: Batch = {
  size: SIZE,
  dense: new Float32Array(SIZE),
  labels: new Float32Array(SIZE),
  bags: [jaggedFrom([[1], [4]]), jaggedFrom([[0, 2], []]), jaggedFrom([[3, 3], [1]])],
};

function filledState(): ModelState {
  const state = allocateModelState(spec, createArena(1 << 12));
  const random = createRandom({ seed: 3, stream: 0 });
  const arrays = [
    ...state.tables.flatMap(({ poolingWeights, weights }) => [weights, poolingWeights]),
    ...state.projections.map(({ weight }) => weight),
  ];
  for (const array of arrays) for (let i = 0; i < array.length; i++) array[i] = random.normal();
  return state;
}

/** Runs a step over vectors whose gradient is their place. */
function step(leadingVectors: 0 | 1) {
  const state = filledState();
  const sparse = createSparseTraining(spec, state, createKernels([reference]), {
    maxBatch: SIZE,
    leadingVectors,
  });
  const gradients = allocateGradients(spec, state);
  const width = (leadingVectors + 3) * COLS;
  const vectors = new Float32Array(SIZE * width).fill(-1);
  const skipped = leadingVectors * COLS;
  const dvectors = Float32Array.from(vectors, (_, i) =>
    i % width < skipped ? 1e6 : Math.floor(i / width) * 9 + (i % width) - skipped,
  );
  sparse.reload();
  sparse.beforeStep(0);
  sparse.forward(batch, vectors);
  sparse.backward(batch, dvectors, gradients);
  sparse.decay(gradients);
  sparse.apply(gradients, 0.1, 0);
  return { state, vectors, width };
}

test("vectors stand behind room for the bottom layers', which is neither written nor read", () => {
  const alone = step(0);
  const behind = step(1);

  for (let b = 0; b < SIZE; b++) {
    const row = behind.vectors.subarray(b * behind.width, (b + 1) * behind.width);
    expect([...row.subarray(0, COLS)]).toEqual([-1, -1, -1]);
    expect([...row.subarray(COLS)]).toEqual([
      ...alone.vectors.subarray(b * alone.width, (b + 1) * alone.width),
    ]);
  }
  expect(behind.state).toEqual(alone.state);
});

test("a step changes the rows that bags name, their pooling weights and the projection, and no other row", () => {
  const before = filledState();
  const { state } = step(0);

  const changed = state.tables.map(({ weights }, t) =>
    [0, 1, 2, 3, 4].filter((row) => {
      const { cols } = spec.tables[t];
      return weights[row * cols] !== before.tables[t].weights[row * cols];
    }),
  );
  expect(changed).toEqual([
    [1, 4],
    [0, 2],
    [1, 3],
  ]);
  expect(state.tables[2].poolingWeights[3]).not.toBe(before.tables[2].poolingWeights[3]);
  expect(state.projections[0].weight).not.toEqual(before.projections[0].weight);
});

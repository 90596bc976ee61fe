import {
  allocateModelState,
  compileTraining,
  createArena,
  createKernels,
  createRandom,
  interactionWidth,
  jaggedFrom,
  reference,
  type Batch,
  type InteractionSpec,
  type ModelSpec,
} from "@dqrm/core";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";
import { predictionBounds } from "./prediction-bound.ts";

/** Sizes of a batch: below, at and above the four rows of a tile, and more than a part of the work. */
const SIZES = [1, 3, 4, 37];

const runtime = await createRuntime<TrainingExports>({
  module: trainingModule,
  threads: 1,
  maximumPages: 1 << 10,
});
const kernels = createKernels([createBackend(runtime), reference]);

function modelOf(interaction: ModelSpec["interaction"], features: number, cols: number): ModelSpec {
  const spec: ModelSpec = {
    denseFeatures: 3,
    tables: Array.from({ length: features }, (_, t) => ({
      name: `t${t}`,
      rows: 10 + t,
      cols,
      quantization: { kind: "none" },
      poolingWeights: "none",
    })),
    features: Array.from({ length: features }, (_, table) => ({ kind: "table", table, pooling: "sum" })),
    bottom: [{ inputs: 3, outputs: cols, activation: "relu" }],
    interaction,
    top: [{ inputs: 1, outputs: 1, activation: "none" }],
    linearQuantization: { kind: "none" },
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer: { kind: "sgd" },
  };
  return { ...spec, top: [{ inputs: interactionWidth(spec), outputs: 1, activation: "none" }] };
}

function batchOf(spec: ModelSpec, size: number): Batch {
  const random = createRandom({ seed: size, stream: spec.tables.length });
  return {
    size,
    dense: Float32Array.from({ length: 3 * size }, () => random.normal()),
    labels: new Float32Array(size),
    bags: spec.tables.map(({ rows }) =>
      jaggedFrom(
        Array.from({ length: size }, () =>
          Array.from({ length: random.integer(4) }, () => random.integer(rows)),
        ),
      ),
    ),
  };
}

const INTERACTIONS: Readonly<Record<string, Pick<InteractionSpec, "kind" | "itself">>> = {
  dot: { kind: "dot", itself: false },
  "dot with itself": { kind: "dot", itself: true },
  cat: { kind: "cat", itself: false },
};

for (const [name, interaction] of Object.entries(INTERACTIONS)) {
  for (const features of [0, 1, 3, 4, 8]) {
    test(`models of ${features} features are served within rounding, whatever the widths and sizes: ${name}`, () => {
      for (const cols of [1, 4, 5, 8, 20]) {
        const spec = modelOf(interaction, features, cols);
        const state = allocateModelState(spec, createArena(1 << 14));
        const random = createRandom({ seed: cols, stream: features });
        for (const { weights } of state.tables) weights.forEach((_, i) => (weights[i] = random.normal()));
        for (const { bias, weight } of [...state.bottom, ...state.top]) {
          weight.forEach((_, i) => (weight[i] = 0.3 * random.normal()));
          bias.forEach((_, i) => (bias[i] = 0.3 * random.normal()));
        }
        const plan = compileTraining(spec, state, kernels, { maxBatch: 40 });
        for (const size of SIZES) {
          const batch = batchOf(spec, size);
          const predictions = new Float32Array(size);

          plan.infer(batch, predictions);

          const tables = state.tables.map(({ weights }) => weights);
          const poolingWeights = tables.map(() => new Float32Array(0));
          const model = {
            spec,
            tables,
            poolingWeights,
            bottom: state.bottom,
            top: state.top,
            projections: [],
          };
          const { error, value } = predictionBounds(model, batch, "float32");
          const worst = value.reduce(
            (most, p, s) => Math.max(most, Math.abs(predictions[s] - p) / error[s]),
            0,
          );
          expect(worst).toBeLessThanOrEqual(1);
        }
      }
    });
  }
}

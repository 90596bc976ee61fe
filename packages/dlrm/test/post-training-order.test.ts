import { compileInference, createKernels, reference, type PackedModel } from "@dqrm/core";
import { plantedDataset, splitDataset } from "@dqrm/data";
import { expect, test } from "vitest";
import {
  evaluateModel,
  floatTwin,
  packModel,
  presets,
  quantizeModel,
  setConfigValues,
  trainModel,
  vanillaPostTraining,
  type DlrmConfig,
  type TablePostTraining,
} from "../src/index.ts";

const kernels = createKernels([reference]);
const EPOCHS = 5;

// Long enough for FP32 to overfit the rare rows, as it does in the paper; every seed is fixed.
const quantizedConfig = setConfigValues(presets.demo, [
  ["training.epochs", String(EPOCHS)],
  ["model.embeddingDim", "8"],
  ["model.bottom", "16-8"],
  ["model.top", "16-1"],
  ["quantization.tables.refresh", "every-step"],
  ["data.split", '{"kind":"random","seed":1,"validation":0,"test":0.3}'],
]);
const { dataset } = plantedDataset({
  rows: 40_000,
  seed: 2,
  tableRows: [10, 100, 1000, 2000, 7000, 20_000, 40_000, 70_000],
});
const parts = splitDataset(dataset, quantizedConfig.data.split);

/** Trains, and gives what `look` makes of the model at the end of the last `count` epochs. */
async function watch<T>(
  config: DlrmConfig,
  count: number,
  look: (model: PackedModel) => T,
): Promise<readonly T[]> {
  const seen: T[] = [];
  let epoch = 0;
  await trainModel({
    config,
    parts,
    seed: 2,
    kernels,
    clock: () => 0,
    hooks: {
      pause: () => Promise.resolve(),
      onCheckpoint: ({ state }, spec) => {
        if (epoch++ >= EPOCHS - count) seen.push(look(packModel(spec, state, kernels)));
        return Promise.resolve();
      },
    },
  });
  return seen;
}

function aucOf(model: PackedModel): number {
  const plan = compileInference(model, kernels, { maxBatch: 1024 });
  return evaluateModel(plan, parts.test, { batchSize: 1024, roundTargets: false })?.auc ?? NaN;
}

/** The AUC of a model in floats, and after its tables were quantized. */
function look(float: PackedModel): Readonly<Record<"float" | "perTable" | "perRow" | "fbgemm", number>> {
  const { mlp, tables } = vanillaPostTraining(4);
  const after = (overrides: Partial<TablePostTraining>): number =>
    aucOf(
      quantizeModel(float, { tables: { ...tables, ...overrides }, mlp: { ...mlp, bits: 32 } }, kernels).model,
    );
  return {
    float: aucOf(float),
    perTable: after({}),
    perRow: after({ granularity: "row" }),
    fbgemm: after({ scheme: "fbgemm", granularity: "row" }),
  };
}

test(
  "INT4 after training loses clearly more with a scale per table than per row; trained through its codes it ends best",
  { timeout: 300_000 },
  async () => {
    const float = await watch(floatTwin(quantizedConfig), 3, look);
    const [aware] = await watch(quantizedConfig, 1, aucOf);

    // One epoch says little: what quantization loses is the mean over the last three.
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
    const lost = (kind: "perTable" | "perRow" | "fbgemm"): number =>
      mean(float.map((epoch) => epoch.float - epoch[kind]));
    expect(float).toHaveLength(3);
    // Measured: 0.0017, 0.0001, 0.0000; FP32 ends at 0.7235, having overfitted from 0.7340, and QAT at 0.7304.
    expect(lost("perTable")).toBeGreaterThan(0.001);
    expect(Math.abs(lost("perRow"))).toBeLessThan(lost("perTable") / 4);
    expect(Math.abs(lost("fbgemm"))).toBeLessThan(lost("perTable") / 4);
    expect(aware).toBeGreaterThan(float[2].float + 0.003);
    expect(aware).toBeGreaterThan(float[2].perRow + 0.003);
  },
);

import { createKernels, reference } from "@dqrm/core";
import { plantedDataset, splitDataset } from "@dqrm/data";
import { expect, test } from "vitest";
import {
  parseConfig,
  parseTrainerState,
  presets,
  setConfigValues,
  trainModel,
  type DlrmConfig,
  type TrainingHooks,
  type TrainingOptions,
} from "../../src/index.ts";
import { loadLatestCheckpoint, saveCheckpoint } from "../../src/node/index.ts";
import { stateBits } from "../model-cases.ts";
import { unsyncedDisk } from "./faulty-disk.ts";
import { scratchDirectory } from "./scratch.ts";

// Everything that a checkpoint must carry: optimizer numbers, stale scales, a position inside an epoch, best weights.
const config = setConfigValues(presets.demo, [
  ["model.embeddingDim", "4"],
  ["model.bottom", "8-4"],
  ["model.top", "8-1"],
  ["optimizer.kind", "adagrad"],
  ["quantization.tables.refresh", "periodic"],
  ["quantization.tables.periodSteps", "7"],
  ["training.batchSize", "64"],
  ["training.epochs", "2"],
  ["training.evaluateEverySteps", "20"],
  ["learningRate.base", "0.02"],
  ["data.split", '{"kind":"temporal","validation":0.15,"test":0.15}'],
]);
// And what the layers keep, with all that happens between two epochs.
const phases = setConfigValues(config, [
  ["training.epochs", "3"],
  ["training.resetEmbeddings", "true"],
  ["quantization.activations.bits", "8"],
  ["quantization.activations.at", "layers"],
  ["quantization.interactionBits", "16"],
  ["quantization.mlp.bits", "32"],
  ["quantization.tables.bits", "32"],
  [
    "quantization.schedule",
    '[{"fromEpoch":1,"tablesBits":8,"mlpBits":8},{"fromEpoch":2,"tablesBits":4,"mlpBits":4}]',
  ],
  ["regularization.l2", "0.001"],
  ["regularization.dropout", "0.25"],
]);
const quantizers = [
  ["learned steps", { quantizer: "lsq" }],
  ["DoReFa", { quantizer: "dorefa" }],
  ["a dead zone", { quantizer: "dead-zone" }],
  ["rare rows cut", { quantizer: "dead-zone", bits: "32", "deadZone.threshold": "frequency" }],
] as const;

function withTables(values: Readonly<Record<string, string>>): DlrmConfig {
  return setConfigValues(
    config,
    Object.entries(values).map(([key, value]) => [`quantization.tables.${key}`, value] as const),
  );
}

// And embeddings that are no tables of their own.
const robe = setConfigValues(config, [
  ["model.robe.enabled", "true"],
  ["model.robe.cells", "600"],
  ["model.robe.blockCols", "2"],
  ["model.robe.threshold", "20"],
]);
const train = setConfigValues(config, [
  ["model.tensorTrain.enabled", "true"],
  ["model.tensorTrain.threshold", "20"],
  ["model.tensorTrain.rank", "2"],
]);
// Codes without float weights: the random numbers of a step depend on the seed, the step and the place.
const stored = setConfigValues(config, [
  ["quantization.tables.quantizer", "stored"],
  ["quantization.tables.granularity", "row"],
  ["quantization.tables.bits", "8"],
  ["training.resetEmbeddings", "true"],
  ["regularization.l2", "0.001"],
]);
const learned = setConfigValues(stored, [
  ["quantization.tables.bits", "3"],
  ["quantization.tables.stored.step", "learned"],
]);
const storedRobe = setConfigValues(robe, [
  ["quantization.tables.quantizer", "stored"],
  ["quantization.tables.granularity", "row"],
]);
const parts = splitDataset(
  plantedDataset({ rows: 4000, seed: 3, tableRows: [10, 50, 300] }).dataset,
  config.data.split,
);
const base = {
  parts,
  seed: 1,
  kernels: createKernels([reference]),
  clock: () => 0,
} satisfies Partial<TrainingOptions>;

test.each([
  ...[1, 30, 44, 60].map((stopAfter) => ({ name: "one phase", config, stopAfter })),
  ...[44, 60, 88].map((stopAfter) => ({ name: "three phases", config: phases, stopAfter })),
  ...quantizers.map(([name, values]) => ({ name, config: withTables(values), stopAfter: 30 })),
  { name: "a robe", config: robe, stopAfter: 44 },
  { name: "tensor trains", config: train, stopAfter: 44 },
  ...[30, 44, 60].map((stopAfter) => ({ name: "stored tables", config: stored, stopAfter })),
  { name: "a robe of stored codes", config: storedRobe, stopAfter: 44 },
  { name: "stored tables of a learned step", config: learned, stopAfter: 60 },
])(
  "a run with $name that stopped after step $stopAfter and resumes from the disk ends with the same bits",
  async ({ config, stopAfter }) => {
    const directory = await scratchDirectory();
    const straight = await trainModel({ ...base, config });
    const { spec } = straight;
    const controller = new AbortController();
    const onCheckpoint: TrainingHooks["onCheckpoint"] = async (checkpoint, spec) => {
      await saveCheckpoint(directory, { config, spec, ...checkpoint }, { keep: 2, disk: unsyncedDisk });
      if (checkpoint.state.step === stopAfter) controller.abort();
    };
    const hooks = { onCheckpoint, checkpointEverySteps: 1 };
    await trainModel({ ...base, config, hooks, signal: controller.signal });

    const resume = await loadLatestCheckpoint(directory, {
      parseConfig: (json) => parseConfig("config.json", json),
      parseTrainer: (json) => parseTrainerState("trainer_state.json", json),
    });
    // Training goes on in the loaded arrays and counts their step up.
    const resumedFrom = resume.state.step;
    const resumed = await trainModel({ ...base, config: resume.config, resume });

    expect(resumedFrom).toBe(stopAfter);
    expect(resume.config).toEqual(config);
    expect(resumed.trainer).toEqual(straight.trainer);
    expect(stateBits(spec, resumed.state)).toEqual(stateBits(spec, straight.state));
    const weights = { ...spec, optimizer: { kind: "sgd" } as const };
    expect(stateBits(weights, resumed.selected)).toEqual(stateBits(weights, straight.selected));
  },
);

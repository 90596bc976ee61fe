import { beforeAll, describe, expect, it } from "vitest";
import {
  allocateModelState,
  compileTraining,
  createArena,
  createKernels,
  isDqrmError,
  reference,
  type ModelSpec,
  type ModelState,
} from "@dqrm/core";
import { memoryDataset, plantedDataset, splitDataset, type DatasetParts } from "@dqrm/data";
import {
  evaluateModel,
  exactAuc,
  parseTrainerState,
  presets,
  setConfigValues,
  trainModel,
  type DlrmConfig,
  type TrainingCheckpoint,
  type TrainingEvent,
  type TrainingOptions,
  type TrainingResult,
} from "@dqrm/dlrm";

const kernels = createKernels([reference]);

const planted = plantedDataset({ rows: 6000, seed: 3, tableRows: [10, 50, 300] });

const small: DlrmConfig = setConfigValues(presets.demo, [
  ["model.embeddingDim", "4"],
  ["model.bottom", "8-4"],
  ["model.top", "8-1"],
  ["training.batchSize", "64"],
  ["training.epochs", "3"],
  ["learningRate.base", "0.2"],
  ["data.split", '{"kind":"temporal","validation":0.15,"test":0.15}'],
]);

const parts: DatasetParts = splitDataset(planted.dataset, small.data.split);

function options(config: DlrmConfig, more: Partial<TrainingOptions> = {}): TrainingOptions {
  return { config, parts, seed: 1, kernels, clock: () => 0, ...more };
}

/** All numbers of a state that training changes, one after the other. */
function numbersOf(state: ModelState): number[] {
  const tables = state.tables.flatMap((t) => [t.weights, t.optimizer, t.scale, t.poolingWeights]);
  const layers = [...state.bottom, ...state.top, ...state.projections].flatMap((l) => [
    l.weight,
    l.bias,
    l.weightOptimizer,
    l.biasOptimizer,
  ]);
  return [...tables, ...layers].flatMap((array) => [...array]);
}

function copyState(spec: ModelSpec, from: ModelState): ModelState {
  const to = allocateModelState(spec, createArena(1 << 16));
  from.tables.forEach((table, t) => {
    to.tables[t].weights.set(table.weights);
    to.tables[t].optimizer.set(table.optimizer);
    to.tables[t].scale.set(table.scale);
    to.tables[t].poolingWeights.set(table.poolingWeights);
  });
  for (const part of ["bottom", "top"] as const) {
    from[part].forEach((layer, k) => {
      to[part][k].weight.set(layer.weight);
      to[part][k].bias.set(layer.bias);
      to[part][k].weightOptimizer.set(layer.weightOptimizer);
      to[part][k].biasOptimizer.set(layer.biasOptimizer);
    });
  }
  to.step = from.step;
  return to;
}

describe("a run on planted data", () => {
  let result: TrainingResult;

  beforeAll(async () => {
    result = await trainModel(options(small));
  });

  it("lowers the training loss from epoch to epoch", () => {
    const losses = result.trainer.history.map(({ trainLoss }) => trainLoss);

    expect(losses).toHaveLength(3);
    expect(losses[1]).toBeLessThan(losses[0]);
    expect(losses[2]).toBeLessThan(losses[1]);
  });

  it("ranks better than chance and not better than the oracle", () => {
    const { test } = parts;
    const first = planted.dataset.samples - test.samples;
    const labels = labelsOf(test);
    const oracle = exactAuc(planted.probabilities.subarray(first), labels) ?? 0;

    // The AUC of scores without information has deviation sqrt((P + N + 1) / (12 P N)); five of them are certainty.
    const positives = labels.reduce((a, b) => a + b, 0);
    const deviation = Math.sqrt((test.samples + 1) / (12 * positives * (test.samples - positives)));
    expect(result.test?.auc).toBeGreaterThan(0.5 + 5 * deviation);
    expect(result.test?.auc).toBeLessThan(oracle);
  });

  it("has normalized entropy below 1, that of the base rate", () => {
    expect(result.test?.ne).toBeLessThan(1);
  });

  it("sees every training sample once an epoch", () => {
    expect(result.trainer.samplesSeen).toBe(3 * parts.train.samples);
    expect(result.trainer.epoch).toBe(3);
    expect(result.outcome).toBe("finished");
  });

  it("selects the first evaluation with the highest validation AUC", () => {
    const aucs = result.trainer.history.map(({ validation }) => validation?.auc ?? 0);

    expect(result.trainer.best).toBe(aucs.indexOf(Math.max(...aucs)));
  });

  it("keeps the selected weights: they give the recorded metrics", () => {
    const spec = { ...result.spec, optimizer: { kind: "sgd" } } as const;
    const plan = compileTraining(spec, result.selected, kernels, { maxBatch: 256 });

    const metrics = evaluateModel(plan, parts.validation, { batchSize: 256, roundTargets: true });

    expect(metrics).toEqual(result.selectedRecord?.validation);
  });

  it("gives the same weights bit for bit from the same seed", async () => {
    const again = await trainModel(options(small));

    expect(numbersOf(again.state)).toEqual(numbersOf(result.state));
    expect(again.trainer).toEqual(result.trainer);
  });

  it("gives other weights from another seed", async () => {
    const other = await trainModel(options(small, { seed: 2 }));

    expect(numbersOf(other.state)).not.toEqual(numbersOf(result.state));
  });

  it("finds the same test metrics whether they are recorded for curves or read at the end", async () => {
    const config = setConfigValues(small, [["training.recordTest", "false"]]);

    const atEnd = await trainModel(options(config));

    expect(atEnd.trainer.history.every(({ test }) => test === null)).toBe(true);
    expect(atEnd.test).toEqual(result.test);
  });

  it("writes a state that survives JSON", () => {
    const text = JSON.stringify(result.trainer);

    expect(parseTrainerState("trainer_state.json", JSON.parse(text))).toEqual(result.trainer);
  });
});

function labelsOf(dataset: DatasetParts["test"]): Float32Array {
  const numbers = Float64Array.from({ length: dataset.samples }, (_, i) => i);
  const buffer = {
    capacity: dataset.samples,
    size: 0,
    dense: new Float32Array(dataset.samples * dataset.denseFeatures),
    labels: new Float32Array(dataset.samples),
    bags: dataset.features.map(() => ({
      indices: new Int32Array(dataset.samples),
      offsets: new Int32Array(dataset.samples + 1),
    })),
  };
  dataset.fill(numbers, 0, dataset.samples, buffer);
  return buffer.labels;
}

describe("a run that is interrupted and resumed", () => {
  // Everything that a resume must carry: optimizer numbers, stale scales, a position inside an epoch, the best weights.
  const config = setConfigValues(small, [
    ["optimizer.kind", "adagrad"],
    ["learningRate.base", "0.02"],
    ["quantization.tables.periodSteps", "7"],
    ["training.evaluateEverySteps", "25"],
  ]);

  it.each([1, 30, 66, 100])("ends with the same bits when it stopped after step %i", async (stopAfter) => {
    const straight = await trainModel(options(config));
    const controller = new AbortController();
    let saved: TrainingCheckpoint | undefined;
    const onCheckpoint = async ({ best, state, trainer }: TrainingCheckpoint) => {
      const text = JSON.stringify(trainer);
      saved = {
        trainer: parseTrainerState("trainer_state.json", JSON.parse(text)),
        state: copyState(straight.spec, state),
        best: best && copyState({ ...straight.spec, optimizer: { kind: "sgd" } }, best),
      };
      if (state.step === stopAfter) controller.abort();
      await Promise.resolve();
    };
    const hooks = { onCheckpoint, checkpointEverySteps: 1 };
    const interrupted = await trainModel(options(config, { hooks, signal: controller.signal }));

    const resumed = await trainModel(options(config, { resume: saved ?? fail() }));

    expect(interrupted.outcome).toBe("aborted");
    expect(interrupted.state.step).toBe(stopAfter);
    expect(numbersOf(resumed.state)).toEqual(numbersOf(straight.state));
    expect(numbersOf(resumed.selected)).toEqual(numbersOf(straight.selected));
    expect(resumed.trainer).toEqual(straight.trainer);
  });

  it("goes on when more epochs are asked for", async () => {
    const one = await checkpointAfterOneEpoch();

    const more = await trainModel(options(config, { resume: one }));
    const straight = await trainModel(options(config));

    expect(numbersOf(more.state)).toEqual(numbersOf(straight.state));
  });

  it("is refused with another seed", async () => {
    const resume = await checkpointAfterOneEpoch();

    await expect(trainModel(options(config, { resume, seed: 2 }))).rejects.toThrow(/expected the seed 1/);
  });

  it("is refused without the best weights", async () => {
    const resume = { ...(await checkpointAfterOneEpoch()), best: undefined };

    await expect(trainModel(options(config, { resume }))).rejects.toThrow(/weights of the best evaluation/);
  });

  it("is refused with another batch size inside an epoch", async () => {
    const resume = await checkpointAfterOneEpoch();
    const inside = { ...resume, trainer: { ...resume.trainer, batch: 2, lossSamples: 128 } };
    const other = setConfigValues(config, [["training.batchSize", "32"]]);

    await expect(trainModel(options(other, { resume: inside }))).rejects.toThrow(/2 batches of 32 give 64/);
  });

  it.each([
    ["model.bottom", "16-4", /weight of bottom layer 0 has 32 elements, expected 64/],
    ["optimizer.kind", "sgd", /optimizer numbers of table table-0 has 40 elements, expected 0/],
  ])("is refused with another %s", async (path, text, message) => {
    const resume = await checkpointAfterOneEpoch();
    const other = setConfigValues(config, [[path, text]]);

    await expect(trainModel(options(other, { resume }))).rejects.toThrow(message);
  });

  async function checkpointAfterOneEpoch(): Promise<TrainingCheckpoint> {
    const once = setConfigValues(config, [["training.epochs", "1"]]);
    const { selected, state, trainer } = await trainModel(options(once));
    return { trainer, state, best: selected };
  }
});

function fail(): never {
  throw new Error("no checkpoint was given");
}

describe("early stop", () => {
  it("ends the run when validation did not improve for the given number of evaluations", async () => {
    // 200 samples of noise are learned by heart: validation cannot follow.
    const noise = splitDataset(plantedDataset({ rows: 600, seed: 5, tableRows: [500, 500] }).dataset, {
      kind: "given",
      train: 200,
      validation: 200,
      test: 200,
    });
    const config = setConfigValues(small, [
      ["training.epochs", "200"],
      ["training.patience", "3"],
    ]);

    const { outcome, trainer } = await trainModel(options(config, { parts: noise }));

    expect(outcome).toBe("early-stop");
    expect(trainer.history.length - 1 - (trainer.best ?? 0)).toBe(3);
  });
});

describe("a run without validation samples", () => {
  it("keeps the last weights", async () => {
    const split = { kind: "temporal", validation: 0, test: 0.2 } as const;

    const result = await trainModel(options(small, { parts: splitDataset(planted.dataset, split) }));

    expect(result.selected).toBe(result.state);
    expect(result.selectedRecord?.epoch).toBe(2);
    expect(result.test).toEqual(result.selectedRecord?.test);
  });
});

describe("what goes wrong is named", () => {
  it("a diverging run stops with the step, epoch and batch", async () => {
    const config = setConfigValues(small, [["learningRate.base", "1e30"]]);

    const error: unknown = await trainModel(options(config)).catch((reason: unknown) => reason);

    expect(isDqrmError(error, "NON_FINITE")).toBe(true);
    expect(String(error)).toMatch(/training step \d+ \(epoch 0, batch \d+, learning rate 1e\+30\)/);
  });

  it("a dataset without training samples is refused", async () => {
    const split = { kind: "given", train: 0, validation: 6000, test: 0 } as const;

    await expect(trainModel(options(small, { parts: splitDataset(planted.dataset, split) }))).rejects.toThrow(
      /expected at least one training sample/,
    );
  });

  it("labels between 0 and 1 are an error, unless targets are rounded", async () => {
    const labels = Float32Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0.2 : 0.9));
    const dataset = memoryDataset({
      denseFeatures: 1,
      features: [{ name: "a", rows: 2 }],
      dense: new Float32Array(40),
      labels,
      columns: [{ indices: new Int32Array(40) }],
    });
    const soft = { parts: splitDataset(dataset, { kind: "given", train: 20, validation: 10, test: 10 }) };
    const unrounded = setConfigValues(small, [["loss.roundTargets", "false"]]);

    const rounded = await trainModel(options(small, soft));

    expect(rounded.outcome).toBe("finished");
    await expect(trainModel(options(unrounded, soft))).rejects.toThrow(/expected 0 or 1/);
  });
});

describe("while it runs", () => {
  it("progress comes no more often than the clock allows, and at the end of each epoch", async () => {
    const events: TrainingEvent[] = [];
    let now = 0;
    const clock = () => (now += 5);

    const result = await trainModel(
      options(small, { clock, hooks: { onEvent: (event) => events.push(event) } }),
    );

    const progress = events.filter((event) => event.kind === "progress");
    const evaluations = events.filter((event) => event.kind === "evaluation");
    // One report in 200 ms, and one at the end of each of the three epochs.
    expect(progress.length).toBeLessThanOrEqual(now / 200 + 3);
    expect(progress.length).toBeGreaterThan(3);
    expect(progress.at(-1)).toMatchObject({ epoch: 2, epochs: 3, batch: 66, batches: 66, secondsLeft: 0 });
    expect(progress.every(({ exchange }) => exchange === null)).toBe(true);
    expect(evaluations.map(({ record }) => record)).toEqual(result.trainer.history);
  });

  it("checkpoints come every so many steps and after every evaluation", async () => {
    const steps: number[] = [];
    const onCheckpoint = async ({ state }: TrainingCheckpoint) => {
      steps.push(state.step);
      await Promise.resolve();
    };

    await trainModel(options(small, { hooks: { onCheckpoint, checkpointEverySteps: 50 } }));

    // 66 batches an epoch: 4200 training samples by 64.
    expect(steps).toEqual([50, 66, 100, 132, 150, 198]);
  });
});

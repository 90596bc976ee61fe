import { describe, expect, it } from "vitest";
import { createKernels, reference } from "@dqrm/core";
import { plantedDataset, splitDataset, type DatasetParts, type EncodedDataset } from "@dqrm/data";
import {
  initialTrainerState,
  parseTrainerState,
  presets,
  setConfigValues,
  trainModel,
  type TrainingOptions,
  type TrainingResult,
} from "@dqrm/dlrm";
import { roundTargets } from "../src/training/round-targets.ts";

const TRAIN = 256;

const parts: DatasetParts = splitDataset(
  plantedDataset({ rows: 400, seed: 3, tableRows: [10, 50] }).dataset,
  { kind: "given", train: TRAIN, validation: 144, test: 0 },
);

/** 4 batches an epoch. */
const small = setConfigValues(presets.demo, [
  ["model.embeddingDim", "4"],
  ["model.bottom", "[4]"],
  ["model.top", "[1]"],
  ["training.batchSize", "64"],
  ["training.epochs", "2"],
]);

async function train(
  changes: readonly (readonly [path: string, text: string])[],
  more: Partial<TrainingOptions> = {},
): Promise<TrainingResult> {
  const config = setConfigValues(small, changes);
  const kernels = createKernels([reference]);
  return await trainModel({ config, parts, seed: 1, kernels, clock: () => 0, ...more });
}

/** Gives the same dataset, and calls `seen` with the numbers of the samples of each batch. */
function watched(dataset: EncodedDataset, seen: (numbers: readonly number[]) => void): EncodedDataset {
  return {
    ...dataset,
    fill(numbers, begin, end, into) {
      seen([...numbers.subarray(begin, end)]);
      dataset.fill(numbers, begin, end, into);
    },
  };
}

describe("the order of training", () => {
  const inFileOrder = Array.from({ length: TRAIN }, (_, i) => i);

  it("holds every sample once an epoch, and is another one in the next epoch", async () => {
    const seen: number[] = [];

    await train([], { parts: { ...parts, train: watched(parts.train, (numbers) => seen.push(...numbers)) } });

    const [first, second] = [seen.slice(0, TRAIN), seen.slice(TRAIN)];
    expect(first.toSorted((a, b) => a - b)).toEqual(inFileOrder);
    expect(second.toSorted((a, b) => a - b)).toEqual(inFileOrder);
    expect(first).not.toEqual(inFileOrder);
    expect(second).not.toEqual(first);
  });

  it("is that of the file when nothing is shuffled", async () => {
    const seen: number[] = [];

    await train([["training.shuffle", "false"]], {
      parts: { ...parts, train: watched(parts.train, (numbers) => seen.push(...numbers)) },
    });

    expect(seen).toEqual([...inFileOrder, ...inFileOrder]);
  });
});

describe("evaluations that are equally good", () => {
  // A step of 1e-30 is lost in the rounding of every weight: all evaluations measure the same model.
  const standing = [
    ["learningRate.base", "1e-30"],
    ["training.epochs", "5"],
  ] as const;

  it("select the first", async () => {
    const { selectedRecord, trainer } = await train(standing);

    expect(new Set(trainer.history.map(({ validation }) => validation?.auc)).size).toBe(1);
    expect([trainer.best, selectedRecord?.step]).toEqual([0, 4]);
  });

  it("are no reason to go on", async () => {
    const { outcome, trainer } = await train([...standing, ["training.patience", "2"]]);

    expect([outcome, trainer.history.length]).toEqual(["early-stop", 3]);
  });
});

describe("evaluations inside an epoch", () => {
  it.each([
    ["2", [2, 4, 6, 8], [false, true, false, true]],
    ["4", [4, 8], [true, true]],
    ["3", [3, 4, 6, 8], [false, true, false, true]],
  ])("every %s steps come once where they meet its end", async (every, steps, ends) => {
    const { trainer } = await train([["training.evaluateEverySteps", every]]);

    expect(trainer.history.map(({ step }) => step)).toEqual(steps);
    expect(trainer.history.map(({ endOfEpoch }) => endOfEpoch)).toEqual(ends);
  });
});

describe("the speed of training", () => {
  it("counts neither evaluations nor checkpoints nor pauses", async () => {
    let now = 0;
    const takes = (milliseconds: number) => () => {
      now += milliseconds;
    };
    const wait = async () => {
      await Promise.resolve();
      now += 500;
    };

    const { samplesPerSecond } = await train([], {
      clock: () => now,
      parts: {
        train: watched(parts.train, takes(60)),
        validation: watched(parts.validation, takes(1000)),
        test: parts.test,
      },
      hooks: { onCheckpoint: wait, pause: wait, checkpointEverySteps: 1 },
    });

    // Two epochs of four batches, 60 ms each.
    expect(samplesPerSecond).toBe((2 * TRAIN * 1000) / (8 * 60));
  });
});

describe("a trainer's state as JSON", () => {
  it.each([0, -1, 0.5])("names no best evaluation %d that its history does not hold", (best) => {
    const json: unknown = JSON.parse(JSON.stringify({ ...initialTrainerState(1), best }));

    expect(() => parseTrainerState("trainer_state.json", json)).toThrow(/trainer_state\.json: best/);
  });
});

describe("rounded targets", () => {
  it("are 0 up to one half and 1 above, as numpy rounds, and end with the batch", () => {
    const labels = Float32Array.of(0, 0.49, 0.5, 0.51, 1, 0.7);

    roundTargets(labels, 5);

    expect([...labels]).toEqual([0, 0, 0, 1, 1, Math.fround(0.7)]);
  });
});

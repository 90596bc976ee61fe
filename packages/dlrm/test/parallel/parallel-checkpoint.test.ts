import { expect, test } from "vitest";
import { createMemoryTransports } from "@dqrm/comm";
import { createKernels, reference } from "@dqrm/core";
import { plantedDataset, splitDataset } from "@dqrm/data";
import {
  gradientPresets,
  parseConfig,
  parseTrainerState,
  presets,
  setConfigValues,
  trainModel,
  type DlrmConfig,
  type TrainingOptions,
  type TrainingResult,
} from "@dqrm/dlrm";
import { loadLatestCheckpoint, saveCheckpoint } from "@dqrm/dlrm/node";
import { stateBits } from "../model-cases.ts";
import { scratchDirectory } from "../node/scratch.ts";

const plain = setConfigValues(presets.demo, [
  ["model.embeddingDim", "4"],
  ["model.bottom", "8-4"],
  ["model.top", "8-1"],
  ["training.batchSize", "64"],
  ["training.epochs", "1"],
]);
const config: DlrmConfig = { ...plain, gradients: { shards: 4, ...gradientPresets.int4 } };
const { dataset } = plantedDataset({ rows: 3000, seed: 3, tableRows: [10, 50, 300] });
const parts = splitDataset(dataset, config.data.split);
const kernels = createKernels([reference]);

function trainGroup(
  workers: number,
  more: (rank: number) => Promise<Partial<TrainingOptions>> = () => Promise.resolve({}),
): Promise<readonly TrainingResult[]> {
  return Promise.all(
    createMemoryTransports(workers).map(async (transport) => {
      const own = await more(transport.rank);
      return trainModel({ config, parts, seed: 1, kernels, clock: () => 0, transport, ...own });
    }),
  );
}

test("a checkpoint on disk brings back what error feedback keeps, for another number of workers", async () => {
  const directory = await scratchDirectory();
  const readers = {
    parseConfig: (json: unknown) => parseConfig("config.json", json),
    parseTrainer: (json: unknown) => parseTrainerState("trainer_state.json", json),
  };
  const [whole] = await trainGroup(1);
  let saves = 0;
  await trainGroup(4, (rank) => {
    const hooks: TrainingOptions["hooks"] = {
      checkpointEverySteps: 11,
      ...(rank > 0
        ? {}
        : {
            async onCheckpoint(checkpoint, spec) {
              if (saves++ === 0)
                await saveCheckpoint(directory, { ...checkpoint, config, spec }, { keep: 1 });
            },
          }),
    };
    return Promise.resolve({ hooks });
  });

  const resumed = await trainGroup(2, async () => ({
    resume: await loadLatestCheckpoint(directory, readers),
  }));

  for (const { spec, state } of resumed)
    expect(stateBits(spec, state)).toEqual(stateBits(whole.spec, whole.state));
  const { residuals } = await loadLatestCheckpoint(directory, readers);
  expect(new Set(residuals?.map(({ shard }) => shard))).toEqual(new Set([0, 1, 2, 3]));
  expect(residuals?.some(({ values }) => values.some((value) => value !== 0))).toBe(true);
});

test("a checkpoint of other shards is refused, and the missing one named", async () => {
  const [first] = await trainGroup(1, () => Promise.resolve({}));
  const residuals = [{ shard: 7, parameter: "bottom 0 weight", values: new Float32Array(1) }];
  const resume = {
    trainer: { ...first.trainer, epoch: 0, batch: 0 },
    state: first.state,
    best: first.state,
    residuals,
  };

  await expect(trainGroup(1, () => Promise.resolve({ resume }))).rejects.toThrow(/shard 0 of top 0 weight/);
});

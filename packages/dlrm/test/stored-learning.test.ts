import {
  createArena,
  createKernels,
  reference,
  storedRows,
  type ModelSpec,
  type ModelState,
} from "@dqrm/core";
import { plantedDataset, splitDataset } from "@dqrm/data";
import { describe, expect, test } from "vitest";
import { initModelState, presets, setConfigValues, trainModel } from "../src/index.ts";

const kernels = createKernels([reference]);

type ConfigAssignment = readonly [string, string];

/**
 * A model that learns through its embeddings alone, from weights that are large beside a step of training: a row of
 * N(0, 0.3²) has INT8 codes about 0.003 apart, and a batch moves a weight by far less than half of that.
 */
const base: readonly ConfigAssignment[] = [
  ["model.embeddingDim", "4"],
  ["model.bottom", "[4]"],
  ["model.top", "[1]"],
  ["model.embeddingInit", '{"kind":"normal","std":0.3}'],
  ["learningRate.base", "0.1"],
  ["training.batchSize", "64"],
  ["training.epochs", "6"],
  ["quantization.mlp.bits", "32"],
];

const float: readonly ConfigAssignment[] = [["quantization.tables.bits", "32"]];
const stored = (rounding: "nearest" | "stochastic"): readonly ConfigAssignment[] => [
  ["quantization.tables.bits", "8"],
  ["quantization.tables.quantizer", "stored"],
  ["quantization.tables.granularity", "row"],
  ["quantization.tables.stored.rounding", rounding],
];

/** All weights of all tables, dequantized. */
function weightsOf(spec: ModelSpec, { tables }: ModelState): readonly number[] {
  return spec.tables.flatMap(({ quantization, ...table }, t) => {
    if (quantization.kind !== "stored") return [...tables[t].weights];
    const packed = storedRows({ ...table, quantization }, tables[t]);
    const floats = new Float32Array(table.rows * table.cols);
    kernels.prepare("dequantizeRows", packed.format)(packed, floats, 0, table.rows);
    return [...floats];
  });
}

/** The training loss of the last epoch, and how far a weight went, in the median. */
async function learn(
  assignments: readonly ConfigAssignment[],
  seed: number,
): Promise<{ readonly loss: number; readonly moved: number }> {
  const config = setConfigValues(presets.demo, [...base, ...assignments]);
  const { dataset } = plantedDataset({ rows: 8000, seed, tableRows: [30, 30, 30, 30] });
  const parts = splitDataset(dataset, config.data.split);
  const { spec, state, trainer } = await trainModel({ config, parts, seed, kernels, clock: () => 0 });
  const { embeddingInit } = config.model;
  const { compatibility } = config;
  const first = initModelState(spec, { seed, arena: createArena(1 << 16), embeddingInit, compatibility });
  const before = weightsOf(spec, first);
  const moves = weightsOf(spec, state).map((weight, i) => Math.abs(weight - before[i]));
  const loss = trainer.history.at(-1)?.trainLoss ?? Number.NaN;
  return { loss, moved: moves.toSorted((a, b) => a - b)[moves.length / 2] };
}

describe.each([1, 2, 3])("INT8 tables without float weights, on planted data of seed %i", (seed) => {
  test("stall when rounded to nearest, and learn as floats do when rounded at random", async () => {
    const floats = await learn(float, seed);
    const random = await learn(stored("stochastic"), seed);
    const nearest = await learn(stored("nearest"), seed);

    const lost = nearest.loss - floats.loss;
    expect(lost).toBeGreaterThan(0);
    expect(Math.abs(random.loss - floats.loss)).toBeLessThan(lost / 4);
    expect(nearest.moved).toBeLessThan(0.6 * floats.moved);
    expect(random.moved).toBeGreaterThan(0.9 * floats.moved);
  });
});

import { createMemoryTransports } from "@dqrm/comm";
import { createKernels, createRowGradient, reference } from "@dqrm/core";
import { plantedDataset, splitDataset } from "@dqrm/data";
import { gradientCodecs, gradientPresets, presets, setConfigValues, trainModel } from "@dqrm/dlrm";
import { describe, expect, test } from "vitest";
import { measureEntropy } from "../../src/parallel/measure-entropy.ts";

/** Times of coded and of plain exchanges, by turns. */
function decide(coded: number, plain: number): boolean {
  const choice = { coded: false };
  const measure = measureEntropy(choice);
  for (let step = 0; step < 20; step++)
    measure.took((choice.coded ? coded : plain) + (step === 7 ? 0 : step));
  return choice.coded;
}

describe("coding bytes by frequency", () => {
  test.each([
    ["is kept where it makes an exchange shorter", 5, 9, true],
    ["is left out where the link is faster than the coder", 9, 5, false],
  ])("%s", (_, coded, plain, kept) => {
    expect(decide(coded, plain)).toBe(kept);
  });

  test("tries both in turns, and decides once", () => {
    const choice = { coded: false };
    const measure = measureEntropy(choice);
    const turns: boolean[] = [];
    for (let step = 0; step < 24; step++) {
      turns.push(choice.coded);
      measure.took(choice.coded ? 1 : 2);
    }

    expect(turns).toEqual([
      ...Array.from({ length: 20 }, (_, step) => step % 2 === 0),
      true,
      true,
      true,
      true,
    ]);
  });

  test("changes the bytes and not what they say", () => {
    const { entropy, layers } = gradientCodecs(gradientPresets.auto);
    const gradient = createRowGradient(1000, 1);
    gradient.count = 1;
    gradient.values.fill(0.5);
    const room = new Uint8Array(layers.maxBytes(1, 1000));
    const decoded = [true, false].map((coded) => {
      if (entropy !== undefined) entropy.coded = coded;
      const bytes = room.slice(0, layers.encode(gradient, room, { seed: 1, stream: 0 }));
      const values: number[] = [];
      layers.decode(bytes, {
        rows: 1,
        cols: 1000,
        add: (_, from, at) => values.push(...from.subarray(at, at + 1000)),
      });
      return { length: bytes.length, values };
    });

    expect(decoded[0].length).toBeLessThan(decoded[1].length / 2);
    expect(decoded[0].values).toEqual(decoded[1].values);
  });

  test("leaves the weights as they are with the int8 preset, whatever the clocks say", async () => {
    const { dataset } = plantedDataset({ rows: 2000, seed: 3, tableRows: [10, 300] });
    const small = setConfigValues(presets.demo, [
      ["training.epochs", "1"],
      ["training.batchSize", "32"],
    ]);
    const parts = splitDataset(dataset, small.data.split);
    const kernels = createKernels([reference]);
    const train = async (codec: "auto" | "int8"): Promise<readonly string[]> => {
      const config = { ...small, gradients: { shards: 2, ...gradientPresets[codec] } };
      const results = await Promise.all(
        createMemoryTransports(2).map((transport) =>
          trainModel({ config, parts, seed: 1, kernels, clock: () => performance.now(), transport }),
        ),
      );
      return results.map(({ state }) => [...state.tables[1].weights, ...state.top[0].weight].join());
    };

    expect(await train("auto")).toEqual(await train("int8"));
  });
});

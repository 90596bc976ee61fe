import { describe, expect, test } from "vitest";
import {
  batches,
  memoryDataset,
  parseDataUrl,
  plantedDataset,
  randomDataset,
  splitDataset,
  type EncodedDataset,
} from "@dqrm/data";
import { readSamples } from "./read-samples.ts";

function labelsOf(dataset: EncodedDataset): number[] {
  return readSamples(dataset).map(({ label }) => label);
}

/** The area under the ROC curve by its definition: how often a positive ranks above a negative. */
function areaUnderCurve(scores: Float32Array, labels: readonly number[]): number {
  const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
  let negatives = 0;
  let pairs = 0;
  for (const sample of order) {
    if (labels[sample] === 1) pairs += negatives;
    else negatives++;
  }
  return pairs / (negatives * (labels.length - negatives));
}

describe("plantedDataset", () => {
  const planted = plantedDataset({ rows: 20_000, seed: 3 });
  const labels = labelsOf(planted.dataset);

  test("labels follow the known probabilities", () => {
    const expected = planted.probabilities.reduce((sum, p) => sum + p, 0);
    const variance = planted.probabilities.reduce((sum, p) => sum + p * (1 - p), 0);
    const positives = labels.reduce((sum, label) => sum + label, 0);

    // Six standard deviations of a sum of independent draws.
    expect(Math.abs(positives - expected)).toBeLessThan(6 * Math.sqrt(variance));
  });

  test("the known probabilities rank as well as in the published experiment", () => {
    // Ten draws of effects and samples with the published parameters gave 0.827 to 0.854.
    const oracle = areaUnderCurve(planted.probabilities, labels);

    expect(oracle).toBeGreaterThan(0.82);
    expect(oracle).toBeLessThan(0.87);
  });

  test("the probability of a sample is what its rows and numbers say", () => {
    const flat = plantedDataset({
      rows: 50,
      seed: 1,
      tableRows: [],
      denseFeatures: 2,
      denseEffect: 2,
      intercept: -1,
    });

    readSamples(flat.dataset).forEach(({ dense }, i) => {
      const probability = 1 / (1 + Math.exp(1 - 2 * dense[0] + 2 * dense[1]));
      expect(Math.abs(flat.probabilities[i] - probability)).toBeLessThanOrEqual(2 ** -22);
    });
  });

  test("a shorter dataset is the beginning of a longer one, and seeds tell datasets apart", () => {
    const tableRows = [10, 1000];
    const long = readSamples(plantedDataset({ rows: 200, seed: 1, tableRows }).dataset);
    const short = readSamples(plantedDataset({ rows: 120, seed: 1, tableRows }).dataset);
    const other = readSamples(plantedDataset({ rows: 120, seed: 2, tableRows }).dataset);

    expect(long.slice(0, 120)).toEqual(short);
    expect(other).not.toEqual(short);
  });

  test("options out of range are refused", () => {
    expect(() => plantedDataset({ rows: -1, seed: 1 })).toThrow("rows is -1, expected an integer from 0 to");
    expect(() => plantedDataset({ rows: 1, seed: 1, tableRows: [0] })).toThrow(
      "tableRows is 0, expected an integer",
    );
    expect(() => plantedDataset({ rows: 1, seed: 1, alpha: Number.NaN })).toThrow(
      "alpha is NaN, expected a number",
    );
  });
});

describe("randomDataset", () => {
  test("bags keep their lengths and rows inside the table", () => {
    const feature = {
      rows: 9,
      minIndices: 2,
      maxIndices: 5,
      distribution: { kind: "zipf", alpha: 1.2 },
    } as const;
    const dataset = randomDataset({ rows: 500, seed: 1, denseFeatures: 3, features: [feature, { rows: 4 }] });

    const samples = readSamples(dataset);

    expect(new Set(samples.map(({ bags }) => bags[0].length))).toEqual(new Set([2, 3, 4, 5]));
    expect(new Set(samples.flatMap(({ bags }) => bags[1]))).toEqual(new Set([0, 1, 2, 3]));
    for (const { dense } of samples) for (const value of dense) expect(value >= 0 && value < 1).toBe(true);
  });
});

describe("parseDataUrl", () => {
  test.each([
    ["synthetic:planted", { kind: "planted", options: { rows: 360_000, seed: 1 } }],
    [
      "synthetic:planted?tableRows=3,4&alpha=1.5",
      { kind: "planted", options: { rows: 360_000, seed: 1, alpha: 1.5, tableRows: [3, 4] } },
    ],
    [
      "synthetic:random?rows=5&seed=2&tableRows=7&maxIndices=3&alpha=1.1",
      {
        kind: "random",
        options: {
          rows: 5,
          seed: 2,
          denseFeatures: 4,
          features: [{ rows: 7, minIndices: 1, maxIndices: 3, distribution: { kind: "zipf", alpha: 1.1 } }],
        },
      },
    ],
    ["day_*.gz", undefined],
  ])("reads %s", (url, expected) => {
    expect(parseDataUrl(url)).toEqual(expected);
  });

  test.each([
    ["synthetic:other", 'generator is "other", expected planted or random'],
    ["synthetic:planted?rowz=1", "rowz is unknown, expected one of rows, seed"],
    ["synthetic:planted?rows=many", 'rows is "many", expected a number'],
    ["synthetic:planted?rows=1&rows=2", "rows is given twice, expected one value"],
    ["synthetic:planted?tableRows=1,,2", 'tableRows is "1,,2", expected row counts separated by commas'],
  ])("refuses %s", (url, message) => {
    expect(() => parseDataUrl(url)).toThrow(message);
  });
});

describe("memoryDataset", () => {
  const good = {
    denseFeatures: 1,
    features: [{ name: "a", rows: 2 }],
    dense: Float32Array.of(0, 1),
    labels: Float32Array.of(0, 1),
    columns: [{ indices: Int32Array.of(0, 1) }],
  };
  test.each([
    [
      "an index outside its table",
      { columns: [{ indices: Int32Array.of(0, 2) }] },
      "index 2 at position 1 is outside [0, 2)",
    ],
    [
      "a negative index",
      { columns: [{ indices: Int32Array.of(-1, 0) }] },
      "index -1 at position 0 is outside",
    ],
    [
      "a NaN label",
      { labels: Float32Array.of(0, Number.NaN) },
      "label: value NaN at position 1, expected a finite",
    ],
    [
      "an infinite value",
      { dense: Float32Array.of(1, Infinity) },
      "dense value: value Infinity at position 1",
    ],
    ["a NaN time", { timestamps: Float64Array.of(0, Number.NaN) }, "timestamp: value NaN at position 1"],
    ["too few values", { dense: Float32Array.of(1) }, "dense has 1 elements, expected 2"],
    ["no column", { columns: [] }, "columns has 0 elements, expected 1"],
    [
      "too few indices",
      { columns: [{ indices: Int32Array.of(0) }] },
      "indices of feature a has 1 elements, expected 2",
    ],
    [
      "falling offsets",
      { columns: [{ indices: Int32Array.of(0, 1), offsets: Int32Array.of(0, 3, 2) }] },
      "offsets[2] of feature a is 2, expected a rise from 0 to 2",
    ],
  ])("refuses %s", (_, change, message) => {
    expect(() => memoryDataset({ ...good, ...change })).toThrow(message);
  });

  test("is not read after it was closed, nor is a view of it", () => {
    const dataset = memoryDataset(good);
    const { train } = splitDataset(dataset, { kind: "given", train: 1, validation: 0, test: 1 });

    dataset.close();

    expect(() => labelsOf(train)).toThrow("fill: closed, expected an open dataset");
  });

  test("batches refuse a size or a start that makes no sense", () => {
    const dataset = memoryDataset(good);
    const order = { kind: "file" } as const;
    expect(() => [...batches(dataset, { batchSize: 0, order, firstBatch: 0 })]).toThrow(
      "batchSize is 0, expected",
    );
    expect(() => [...batches(dataset, { batchSize: 1, order, firstBatch: 3 })]).toThrow(
      "firstBatch is 3, expected",
    );
  });
});

describe("splitDataset", () => {
  const dataset = randomDataset({ rows: 10, seed: 1, denseFeatures: 1, features: [] });

  test("criteo: the test half of the last day is rounded up", () => {
    // days of 4, 3 and 3 samples; the last day's 3 give 2 and 1
    const { train, validation, test: tested } = splitDataset(dataset, { kind: "criteo", days: 3 });

    const all = readSamples(dataset);
    expect(readSamples(train)).toEqual(all.slice(0, 7));
    expect(readSamples(tested)).toEqual(all.slice(7, 9));
    expect(readSamples(validation)).toEqual(all.slice(9));
  });

  test("criteo: randomizing by day keeps each sample in its day", () => {
    const randomize = { kind: "day", seed: 1 } as const;
    const { train } = splitDataset(dataset, { kind: "criteo", days: 3, randomize });

    const all = readSamples(dataset).map(({ dense }) => dense[0]);
    const shuffled = readSamples(train).map(({ dense }) => dense[0]);
    expect(new Set(shuffled.slice(0, 4))).toEqual(new Set(all.slice(0, 4)));
    expect(new Set(shuffled.slice(4))).toEqual(new Set(all.slice(4, 7)));
  });

  test("counts that do not add up are refused", () => {
    expect(() => splitDataset(dataset, { kind: "given", train: 5, validation: 5, test: 5 })).toThrow(
      "sum of train, validation and test is 15, expected the number of samples, 10",
    );
    expect(() => splitDataset(dataset, { kind: "criteo", days: 2, counts: [5, 4] })).toThrow(
      "sum of counts is 9",
    );
    expect(() => splitDataset(dataset, { kind: "criteo", days: 0 })).toThrow(
      "days is 0, expected an integer",
    );
  });
});

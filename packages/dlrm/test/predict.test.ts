import { describe, expect, it } from "vitest";
import type { InferencePlan } from "@dqrm/core";
import { randomDataset } from "@dqrm/data";
import { evaluateModel, evaluatePredictions, predict } from "@dqrm/dlrm";

const dataset = randomDataset({ rows: 23, seed: 4, denseFeatures: 2, features: [{ rows: 5 }] });

/** Predicts the fraction of the first dense feature, so that order and batches can be told apart. */
const fractions: InferencePlan = {
  backend: "test",
  infer({ dense, size }, dst) {
    for (let b = 0; b < size; b++) dst[b] = Math.abs(dense[2 * b]) % 1;
  },
};

/** Copies each batch before the next one overwrites it. */
function predictedInOrder(batchSize: number): number[] {
  const all: number[] = [];
  for (const { probabilities } of predict(fractions, dataset, batchSize)) all.push(...probabilities);
  return all;
}

describe("predict", () => {
  it("gives one probability a sample in file order, whatever the batch size", () => {
    const all = predictedInOrder(23);

    expect(all).toHaveLength(23);
    expect(predictedInOrder(4)).toEqual(all);
    expect(predictedInOrder(100)).toEqual(all);
  });

  it("gives nothing for an empty dataset", () => {
    const empty = randomDataset({ rows: 0, seed: 4, denseFeatures: 2, features: [{ rows: 5 }] });

    expect([...predict(fractions, empty, 4)]).toEqual([]);
  });

  it("refuses a plan that predicts NaN", () => {
    const broken: InferencePlan = { backend: "test", infer: (_, dst) => dst.fill(Number.NaN) };

    expect(() => [...predict(broken, dataset, 4)]).toThrow(/predicted probability: value NaN at position 0/);
  });
});

describe("evaluateModel", () => {
  it("measures all batches together, whatever the batch size", () => {
    const labels: number[] = [];
    for (const batch of predict(fractions, dataset, 5)) labels.push(...batch.labels);
    const expected = evaluatePredictions(Float32Array.from(predictedInOrder(5)), Float32Array.from(labels));

    for (const batchSize of [1, 7, 23, 100]) {
      expect(evaluateModel(fractions, dataset, { batchSize, roundTargets: false })).toEqual(expected);
    }
  });

  it("finds nothing to measure in an empty dataset", () => {
    const empty = randomDataset({ rows: 0, seed: 4, denseFeatures: 2, features: [{ rows: 5 }] });

    expect(evaluateModel(fractions, empty, { batchSize: 4, roundTargets: false })).toBeNull();
  });
});

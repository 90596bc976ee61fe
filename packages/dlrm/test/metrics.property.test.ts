import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrecision, createStreamingAuc, evaluatePredictions, exactAuc, logLoss } from "@dqrm/dlrm";

const RUNS = { seed: 1, numRuns: 200 };

/** Few distinct scores, so that ties are common; eighths are exact in 32 bits. */
const samples = fc.array(
  fc.record({ score: fc.integer({ min: 0, max: 8 }).map((k) => k / 8), label: fc.constantFrom(0, 1) }),
  {
    maxLength: 40,
  },
);

type Samples = readonly { readonly score: number; readonly label: number }[];

const scoresOf = (list: Samples): Float32Array => Float32Array.from(list, ({ score }) => score);
const labelsOf = (list: Samples): Float32Array => Float32Array.from(list, ({ label }) => label);

function bruteAuc(list: Samples): number | null {
  const positives = list.filter(({ label }) => label === 1);
  const negatives = list.filter(({ label }) => label === 0);
  let won = 0;
  for (const p of positives)
    for (const n of negatives) won += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0;
  const pairs = positives.length * negatives.length;
  return pairs === 0 ? null : won / pairs;
}

function bruteAveragePrecision(list: Samples): number | null {
  const positives = list.filter(({ label }) => label === 1);
  const precisions = positives.map(({ score }) => {
    const reached = list.filter((other) => other.score >= score);
    return reached.filter(({ label }) => label === 1).length / reached.length;
  });
  return positives.length === 0 ? null : precisions.reduce((a, b) => a + b, 0) / positives.length;
}

/** Sums of at most 40 terms of at most 1, in another order. */
const SUM_BOUND = 40 * 2 ** -52;

function expectClose(actual: number | null, expected: number | null, bound: number): void {
  if (actual === null || expected === null) expect(actual).toBe(expected);
  else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(bound);
}

describe("metrics agree with brute force", () => {
  it("exact AUC over all pairs", () => {
    fc.assert(
      fc.property(samples, (list) => {
        expectClose(exactAuc(scoresOf(list), labelsOf(list)), bruteAuc(list), SUM_BOUND);
      }),
      RUNS,
    );
  });

  it("average precision over all positives", () => {
    fc.assert(
      fc.property(samples, (list) => {
        expectClose(averagePrecision(scoresOf(list), labelsOf(list)), bruteAveragePrecision(list), SUM_BOUND);
      }),
      RUNS,
    );
  });

  it("streaming AUC stays within its own error bound, whatever the bins", () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 20 }), (list, bins) => {
        const auc = createStreamingAuc(bins);

        auc.add(scoresOf(list), labelsOf(list), 0, list.length);

        const result = auc.result();
        expectClose(result?.auc ?? null, bruteAuc(list), (result?.errorBound ?? 0) + SUM_BOUND);
      }),
      RUNS,
    );
  });

  it("accuracy, log loss, normalized entropy and calibration by their definitions", () => {
    fc.assert(
      fc.property(samples, (list) => {
        const n = list.length;
        const rate = list.filter(({ label }) => label === 1).length / n;
        const losses = list.map(
          ({ label, score }) => -Math.max(-100, Math.log(label === 1 ? score : 1 - score)),
        );
        const loss = n === 0 ? 0 : losses.reduce((a, b) => a + b, 0) / n;
        const entropy = -rate * Math.log(rate) - (1 - rate) * Math.log(1 - rate);

        const metrics = evaluatePredictions(scoresOf(list), labelsOf(list));

        expect(metrics.samples).toBe(n);
        const right = list.filter(({ label, score }) => (score > 0.5 ? 1 : 0) === label).length;
        expect(metrics.accuracy).toBe(n === 0 ? 0 : right / n);
        expectClose(metrics.logloss, loss, 100 * SUM_BOUND);
        expectClose(metrics.ne, entropy > 0 ? loss / entropy : null, (100 * SUM_BOUND) / entropy);
        const predicted = list.reduce((sum, { score }) => sum + score, 0);
        expectClose(metrics.calibration, rate > 0 ? predicted / (rate * n) : null, 40 * SUM_BOUND);
      }),
      RUNS,
    );
  });

  it("do not depend on the order of the samples", () => {
    fc.assert(
      fc.property(samples, (list) => {
        const reversed = list.toReversed();

        expect(exactAuc(scoresOf(reversed), labelsOf(reversed))).toBe(
          exactAuc(scoresOf(list), labelsOf(list)),
        );
        expect(averagePrecision(scoresOf(reversed), labelsOf(reversed))).toBe(
          averagePrecision(scoresOf(list), labelsOf(list)),
        );
      }),
      RUNS,
    );
  });
});

describe("metrics refuse what they cannot measure", () => {
  it("a label that is neither 0 nor 1", () => {
    expect(() => evaluatePredictions(Float32Array.of(0.5), Float32Array.of(0.5))).toThrow(/expected 0 or 1/);
  });

  it("a prediction that is not finite", () => {
    expect(() => evaluatePredictions(Float32Array.of(Number.NaN), Float32Array.of(1))).toThrow(
      /NaN at position 0/,
    );
  });

  it("fewer labels than predictions", () => {
    expect(() => logLoss(Float32Array.of(0.5, 0.5), Float32Array.of(1))).toThrow(/expected 2/);
  });

  it.each([-0.5, 1.5, Number.NaN])("the probability %d in a log loss, whatever the label", (prediction) => {
    for (const label of [0, 1]) {
      expect(() => logLoss(Float32Array.of(0.5, prediction), Float32Array.of(1, label))).toThrow(
        /at position 1/,
      );
    }
  });

  it("a probability outside [0, 1] in bins", () => {
    const auc = createStreamingAuc(4);

    expect(() => {
      auc.add(Float32Array.of(1.5), Float32Array.of(1), 0, 1);
    }).toThrow(/expected a number in \[0, 1\]/);
  });

  it("no bin at all", () => {
    expect(() => createStreamingAuc(0)).toThrow(/expected an integer in \[1/);
  });
});

describe("a confident mistake", () => {
  it("costs 100, as in the reference", () => {
    expect(logLoss(Float32Array.of(1), Float32Array.of(0))).toBe(100);
  });
});

import { presets, type EpochRecord, type Metrics } from "@dqrm/dlrm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pairedInterval } from "../src/experiment/paired-interval.ts";
import { summarise } from "../src/experiment/summary.ts";
import { ticks } from "../src/report/ticks.ts";
import type { RunResult } from "../src/study/study-result.ts";

function metrics(auc: number, logloss = 0.5): Metrics {
  const none = { accuracy: 0.5, ne: null, calibration: null, averagePrecision: null };
  return { samples: 100, auc, logloss, ...none };
}

/** A run whose validation AUC took the given values at the ends of its epochs. */
function run(variant: string, seed: number, aucs: readonly number[], test: Metrics): RunResult {
  const history = aucs.map((auc, epoch): EpochRecord => ({
    epoch,
    endOfEpoch: true,
    step: 10 * (epoch + 1),
    samplesSeen: 100 * (epoch + 1),
    trainLoss: 0.5,
    validation: metrics(auc),
    test: null,
  }));
  const peak = aucs.indexOf(Math.max(...aucs));
  return {
    variant,
    dataset: "planted",
    seed,
    config: presets.demo,
    configHash: "",
    data: "",
    dataHash: "",
    postTraining: null,
    backend: "reference",
    skippedKernels: {},
    outcome: "finished",
    history,
    selected: history[peak],
    test,
    oracleTestAuc: null,
    bytes: { tables: [], embeddings: 0, mlp: 0, scales: 0, headers: 0, total: 0, float: 0 },
    codes: null,
    messageBytes: null,
    samplesPerSecond: 1,
    seconds: 1,
  };
}

test("a summary gives peak, end and test of each variant, means over the seeds", () => {
  const runs = [
    run("FP32", 1, [0.7, 0.75, 0.625], metrics(0.75)),
    run("INT4", 1, [0.5, 0.7, 0.75], metrics(0.78125)),
    run("FP32", 2, [0.8, 0.7, 0.5], metrics(0.75)),
    run("INT4", 2, [0.5, 0.75, 0.7], metrics(0.8125, 0.25)),
  ];

  const [float, quantized] = summarise(runs);

  // Peaks in epochs 2 and 1; (0.75 + 0.8) / 2; (0.625 + 0.5) / 2.
  expect(float).toMatchObject({ variant: "FP32", peakEpoch: 1.5, endValidationAuc: 0.5625, testAuc: 0.75 });
  expect(float.peakValidationAuc).toBeCloseTo(0.775, 12);
  expect(float.aucDifference).toBeNull();
  // 0.78125 - 0.75 and 0.8125 - 0.75 are exact in binary.
  expect(quantized).toMatchObject({ peakEpoch: 2.5, aucDifference: { bySeed: [0.03125, 0.0625] } });
  expect(quantized.aucDifference?.interval.mean).toBe(0.046875);
  expect(quantized.loglossDifference?.interval.mean).toBe(-0.125);
});

test("differences are paired within a data set, against the first variant there", () => {
  const on = (dataset: string, result: RunResult): RunResult => ({ ...result, dataset });
  const runs = [
    on("a", run("FP32", 1, [0.7], metrics(0.5))),
    on("a", run("INT4", 1, [0.7], metrics(0.75))),
    on("b", run("FP32", 1, [0.7], metrics(0.875))),
    on("b", run("INT4", 1, [0.7], metrics(0.75))),
  ];

  const found = summarise(runs).map(({ aucDifference, dataset, variant }) => [
    dataset,
    variant,
    aucDifference?.bySeed,
  ]);

  expect(found).toEqual([
    ["a", "FP32", undefined],
    ["a", "INT4", [0.25]],
    ["b", "FP32", undefined],
    ["b", "INT4", [-0.125]],
  ]);
});

test("best on test takes each metric from its own epoch, whatever was selected", () => {
  const { history, ...result } = run("FP32", 1, [0.7, 0.8, 0.6], metrics(0.75));
  const tests = [metrics(0.5), metrics(0.75), metrics(0.875)].map((found, e) => ({
    ...found,
    accuracy: [0.9, 0.8, 0.7][e],
  }));

  const [found] = summarise([
    { ...result, history: history.map((record, e) => ({ ...record, test: tests[e] })) },
  ]);

  expect(found.bestOnTest).toEqual({ auc: 0.875, accuracy: 0.9 });
  expect(found.testAuc).toBe(0.75);
});

test("steps to the target count to the first evaluation near the first variant's best, seed by seed", () => {
  const runs = [
    run("whole", 1, [0.6, 0.75], metrics(0.5)),
    run("whole", 2, [0.5, 0.625], metrics(0.5)),
    run("shared", 1, [0.5, 0.6, 0.75], metrics(0.5)),
    run("shared", 2, [0.625, 0.5, 0.5], metrics(0.5)),
    run("tiny", 1, [0.5, 0.5], metrics(0.5)),
    run("tiny", 2, [0.625, 0.625], metrics(0.5)),
  ];

  const steps = summarise(runs, 0.01).map(({ stepsToTarget }) => stepsToTarget);

  // An epoch is ten steps: (20 + 20) / 2, (30 + 10) / 2, and a seed that never came there.
  expect(steps).toEqual([20, 20, null]);
});

test("the interval of equal differences is that difference", () => {
  expect(pairedInterval([0.25, 0.25, 0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25 });
});

test("the interval of differences lies between the least and the greatest and holds the mean", () => {
  // With two or more pairs, 2.5 % of 4000 resamples are beyond neither end.
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -64, max: 64 }), { minLength: 2, maxLength: 12 }), (values) => {
      const { high, low, mean } = pairedInterval(values);
      // Sums of small whole numbers are exact; only the division rounds, to the nearest.
      expect(low).toBeGreaterThanOrEqual(Math.min(...values));
      expect(high).toBeLessThanOrEqual(Math.max(...values));
      expect(low).toBeLessThanOrEqual(mean);
      expect(high).toBeGreaterThanOrEqual(mean);
    }),
    { seed: 1, numRuns: 60 },
  );
});

test("the same differences give the same interval", () => {
  expect(pairedInterval([1, 2, 4, 8])).toEqual(pairedInterval([1, 2, 4, 8]));
});

test("ticks cover their interval in even steps of 1, 2 or 5 times a power of ten", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      fc.integer({ min: 2, max: 12 }),
      fc.boolean(),
      (low, span, count, integers) => {
        const high = low + span;
        const values = ticks(low, high, count, integers);
        const step = (values[values.length - 1] - values[0]) / (values.length - 1);

        expect(values.length).toBeGreaterThanOrEqual(2);
        // Ticks are written with twelve digits; the ends may miss the interval by a billionth of a step.
        const slack = step * 1e-8 + Math.max(Math.abs(low), Math.abs(high)) * 1e-11;
        expect(values[0]).toBeLessThanOrEqual(low + slack);
        expect(values[values.length - 1]).toBeGreaterThanOrEqual(high - slack);
        const factor = step / 10 ** Math.floor(Math.log10(step) + 1e-6);
        expect(Math.min(...[1, 2, 5, 10].map((nice) => Math.abs(nice - factor)))).toBeLessThan(1e-3);
        if (integers) expect(values.every(Number.isInteger)).toBe(true);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

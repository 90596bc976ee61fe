import type { Metrics } from "@dqrm/dlrm";
import type { RunResult } from "../study/study-result.ts";
import { pairedInterval, type Interval } from "./paired-interval.ts";

/** Holds the differences of one metric from the first variant, seed by seed, and what they say together. */
export interface PairedDifference {
  readonly bySeed: readonly number[];
  readonly interval: Interval;
}

/** Sums up the runs of one variant on one data set; numbers are means over the seeds, null where a run has none. */
export interface VariantSummary {
  readonly dataset: string;
  readonly variant: string;
  readonly seeds: number;
  readonly peakEpoch: number | null;
  readonly peakValidationAuc: number | null;
  readonly endValidationAuc: number | null;
  /** Mean loss over the training samples of the last epoch. */
  readonly endTrainLoss: number | null;
  readonly testAuc: number | null;
  readonly testLogloss: number | null;
  readonly testAccuracy: number | null;
  /** Metric minus that of the first variant; null for the first variant itself. */
  readonly aucDifference: PairedDifference | null;
  readonly loglossDifference: PairedDifference | null;
  readonly accuracyDifference: PairedDifference | null;
  /** The best of all evaluations on the test set, each metric from its own, as the paper reports; it selects nothing. */
  readonly bestOnTest: { readonly auc: number | null; readonly accuracy: number | null };
  readonly zeroShare: number | null;
  readonly zeroShareAtEnd: number | null;
  readonly bytes: number;
  /** Bytes of the gradients of one part of a batch. */
  readonly messageBytes: number | null;
  readonly stepMilliseconds: number | null;
  /** Steps until the validation AUC came within the distance of the first variant's best; null when a run never did. */
  readonly stepsToTarget: number | null;
}

/**
 * Sums up a study by data set and variant: where validation peaked, how far it fell, and the test metrics at the peak,
 * paired by seed.
 *
 * @shape runs: each variant with the same seeds in the same order
 */
export function summarise(runs: readonly RunResult[], targetDistance = 0): readonly VariantSummary[] {
  const sets = [...new Set(runs.map(({ dataset }) => dataset))];
  return sets.flatMap((set) => {
    const of = runs.filter(({ dataset }) => dataset === set);
    const variants = [...new Set(of.map(({ variant }) => variant))];
    const base = of.filter(({ variant }) => variant === variants[0]);
    return variants.map((name) =>
      summariseVariant(
        of.filter(({ variant }) => variant === name),
        base,
        targetDistance,
      ),
    );
  });
}

function summariseVariant(
  own: readonly RunResult[],
  base: readonly RunResult[],
  targetDistance: number,
): VariantSummary {
  const { bytes, dataset, variant } = own[0];
  const paired = (metric: "auc" | "logloss" | "accuracy"): PairedDifference | null =>
    variant === base[0].variant ? null : pairedDifference(own, base, ({ test }) => test?.[metric] ?? null);
  return {
    dataset,
    variant,
    seeds: own.length,
    peakEpoch: mean(own, ({ selected }) => (selected === null ? null : selected.epoch + 1)),
    peakValidationAuc: mean(own, ({ selected }) => selected?.validation?.auc ?? null),
    endValidationAuc: mean(own, ({ history }) => history.at(-1)?.validation?.auc ?? null),
    endTrainLoss: mean(own, ({ history }) => history.at(-1)?.trainLoss ?? null),
    testAuc: mean(own, ({ test }) => test?.auc ?? null),
    testLogloss: mean(own, ({ test }) => test?.logloss ?? null),
    testAccuracy: mean(own, ({ test }) => test?.accuracy ?? null),
    aucDifference: paired("auc"),
    loglossDifference: paired("logloss"),
    accuracyDifference: paired("accuracy"),
    bestOnTest: {
      auc: mean(own, (run) => bestOnTest(run, ({ auc }) => auc)),
      accuracy: mean(own, (run) => bestOnTest(run, ({ accuracy }) => accuracy)),
    },
    zeroShare: mean(own, ({ codes }) => codes?.zeroShare ?? null),
    zeroShareAtEnd: mean(own, ({ codes }) => codes?.zeroShareAtEnd ?? null),
    bytes: bytes.total,
    messageBytes: mean(own, ({ messageBytes }) => messageBytes),
    stepMilliseconds: mean(own, stepMilliseconds),
    stepsToTarget: mean(own, (run, i) => stepsToTarget(run, base[i], targetDistance)),
  };
}

function pairedDifference(
  own: readonly RunResult[],
  base: readonly RunResult[],
  metric: (run: RunResult) => number | null,
): PairedDifference | null {
  const bySeed: number[] = [];
  for (let i = 0; i < own.length; i++) {
    const [value, other] = [metric(own[i]), metric(base[i])];
    if (value === null || other === null) return null;
    bySeed.push(value - other);
  }
  return { bySeed, interval: pairedInterval(bySeed) };
}

function bestOnTest({ history }: RunResult, metric: (test: Metrics) => number | null): number | null {
  const values = history.map(({ test }) => (test === null ? null : metric(test)));
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function stepMilliseconds({ config, samplesPerSecond }: RunResult): number | null {
  return samplesPerSecond > 0 ? (1000 * config.training.batchSize) / samplesPerSecond : null;
}

function stepsToTarget({ history }: RunResult, base: RunResult, distance: number): number | null {
  const best = base.selected?.validation?.auc ?? null;
  if (best === null) return null;
  return history.find(({ validation }) => (validation?.auc ?? 0) >= best - distance)?.step ?? null;
}

function mean(
  runs: readonly RunResult[],
  value: (run: RunResult, i: number) => number | null,
): number | null {
  const values = runs.map(value);
  const known = values.filter((number) => number !== null);
  return known.length < values.length ? null : known.reduce((sum, number) => sum + number, 0) / known.length;
}

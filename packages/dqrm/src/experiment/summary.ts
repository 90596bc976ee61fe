import type { RunResult } from "../study/study-result.ts";
import { pairedInterval, type Interval } from "./paired-interval.ts";

/** Sums up the runs of one variant over the seeds. */
export interface VariantSummary {
  readonly variant: string;
  /** Means over the seeds. */
  readonly peakEpoch: number;
  readonly peakValidationAuc: number;
  readonly endValidationAuc: number;
  readonly testAuc: number;
  /** Test AUC minus that of the first variant, seed by seed; null for the first variant itself. */
  readonly testAucDifference: Interval | null;
  readonly differences: readonly number[];
  /** Test log loss minus that of the first variant, seed by seed. */
  readonly testLoglossDifference: Interval | null;
}

/**
 * Sums up a study by variant: where validation peaked, how far it fell, and the test metrics at the peak, paired by seed.
 *
 * @shape runs: each variant with the same seeds in the same order
 */
export function summarise(runs: readonly RunResult[]): readonly VariantSummary[] {
  const names = [...new Set(runs.map(({ variant }) => variant))];
  const of = (name: string): readonly RunResult[] => runs.filter(({ variant }) => variant === name);
  const base = of(names[0]);
  return names.map((variant) => {
    const own = of(variant);
    const auc = own.map((run, i) => (run.test?.auc ?? Number.NaN) - (base[i].test?.auc ?? Number.NaN));
    const loss = own.map(
      (run, i) => (run.test?.logloss ?? Number.NaN) - (base[i].test?.logloss ?? Number.NaN),
    );
    const first = variant === names[0];
    return {
      variant,
      peakEpoch: mean(own.map(({ selected }) => (selected?.epoch ?? Number.NaN) + 1)),
      peakValidationAuc: mean(own.map(({ selected }) => selected?.validation?.auc ?? Number.NaN)),
      endValidationAuc: mean(own.map(({ history }) => history.at(-1)?.validation?.auc ?? Number.NaN)),
      testAuc: mean(own.map(({ test }) => test?.auc ?? Number.NaN)),
      testAucDifference: first ? null : pairedInterval(auc),
      differences: first ? [] : auc,
      testLoglossDifference: first ? null : pairedInterval(loss),
    };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

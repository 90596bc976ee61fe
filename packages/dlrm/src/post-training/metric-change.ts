import type { Metrics } from "../metrics/evaluate-predictions.ts";

/** Holds by how much each metric changed, after minus before; null where one of them is not defined. */
export type MetricChange = Readonly<Record<Exclude<keyof Metrics, "samples">, number | null>>;

/**
 * Subtracts metrics of the same samples.
 *
 * ```ts doctest
 * import { evaluatePredictions, metricChange } from "@dqrm/dlrm";
 * const labels = Float32Array.of(0, 1);
 * const before = evaluatePredictions(Float32Array.of(0.25, 0.75), labels);
 * metricChange(before, evaluatePredictions(Float32Array.of(0.75, 0.25), labels)).auc; // => -1
 * ```
 */
export function metricChange(before: Metrics, after: Metrics): MetricChange {
  const change = (metric: keyof MetricChange): number | null => {
    const [from, to] = [before[metric], after[metric]];
    return from === null || to === null ? null : to - from;
  };
  return {
    auc: change("auc"),
    accuracy: change("accuracy"),
    logloss: change("logloss"),
    ne: change("ne"),
    calibration: change("calibration"),
    averagePrecision: change("averagePrecision"),
  };
}

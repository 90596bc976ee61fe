import type { Metrics } from "@dqrm/dlrm";
import { formatCount } from "./format-number.ts";

/** Writes metrics in one line; a number that the labels do not define is a dash. */
export function metricsText(metrics: Metrics | null): string {
  if (metrics === null) return "no samples";
  const { accuracy, auc, calibration, logloss, ne, samples } = metrics;
  const number = (value: number | null): string => (value === null ? "–" : value.toFixed(4));
  return [
    `AUC ${number(auc)}`,
    `accuracy ${(100 * accuracy).toFixed(2)} %`,
    `log loss ${number(logloss)}`,
    `NE ${number(ne)}`,
    `calibration ${number(calibration)}`,
    `(${formatCount(samples)} samples)`,
  ].join("  ");
}

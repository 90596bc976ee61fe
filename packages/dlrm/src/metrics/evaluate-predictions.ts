import { rankedAuc } from "./exact-auc.ts";
import { rankedAveragePrecision } from "./average-precision.ts";
import { logLoss } from "./log-loss.ts";
import { rankScores } from "./ranked-scores.ts";

/** Tells how good predictions are; a number that the labels do not define is null. */
export interface Metrics {
  readonly samples: number;
  /** Area under the ROC curve; null when a class is missing. */
  readonly auc: number | null;
  /** Share of predictions on the label's side of 0.5, which itself counts as 0. */
  readonly accuracy: number;
  readonly logloss: number;
  /** Log loss over that of always predicting the base rate; null when a class is missing. */
  readonly ne: number | null;
  /** Predicted over actual positives; null without a positive. */
  readonly calibration: number | null;
  readonly averagePrecision: number | null;
}

/**
 * Measures predicted probabilities against their labels.
 *
 * @throws SHAPE when there are not as many labels as predictions; VALUE when a label is neither 0 nor 1 or
 *         a prediction is outside [0, 1]; NON_FINITE when a prediction is NaN or infinite
 * @source He et al. 2014 for normalized entropy; facebookresearch/dlrm for accuracy (half to even: 0.5 is 0)
 * @cost O(n log n), 4 bytes a sample
 *
 * ```ts doctest
 * import { evaluatePredictions } from "@dqrm/dlrm";
 * const metrics = evaluatePredictions(Float32Array.of(0.25, 0.75, 0.25, 0.75), Float32Array.of(0, 1, 1, 1));
 * [metrics.auc, metrics.accuracy, metrics.calibration]; // => [0.8333333333333334, 0.75, 0.6666666666666666]
 * ```
 */
export function evaluatePredictions(predictions: Float32Array, labels: Float32Array): Metrics {
  const ranked = rankScores("evaluatePredictions", predictions, labels);
  const samples = predictions.length;
  const positives = ranked.positives.length;
  let right = 0;
  let predicted = 0;
  for (let i = 0; i < samples; i++) {
    predicted += predictions[i];
    if (predictions[i] > 0.5 === (labels[i] === 1)) right++;
  }
  const logloss = logLoss(predictions, labels);
  const entropy = baseEntropy(positives / samples);
  return {
    samples,
    auc: rankedAuc(ranked),
    accuracy: samples === 0 ? 0 : right / samples,
    logloss,
    ne: entropy > 0 ? logloss / entropy : null,
    calibration: positives === 0 ? null : predicted / positives,
    averagePrecision: rankedAveragePrecision(ranked),
  };
}

function baseEntropy(rate: number): number {
  return rate > 0 && rate < 1 ? -rate * Math.log(rate) - (1 - rate) * Math.log(1 - rate) : 0;
}

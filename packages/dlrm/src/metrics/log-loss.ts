import { DqrmError } from "@dqrm/core";
import { checkLabel, checkProbability } from "./ranked-scores.ts";

/** Each logarithm is at least this, as in torch.nn.BCELoss: a confident mistake stays finite. */
const MINIMUM_LOG = -100;

/**
 * Gives the mean binary cross entropy; 0 without samples.
 *
 * @throws SHAPE when there are not as many labels as predictions; VALUE when a label is neither 0 nor 1 or a prediction
 *         is outside [0, 1]
 * @source torch.nn.BCELoss
 *
 * ```ts doctest
 * import { logLoss } from "@dqrm/dlrm";
 * logLoss(Float32Array.of(0.5, 0.5), Float32Array.of(0, 1)); // => 0.6931471805599453
 * ```
 */
export function logLoss(predictions: Float32Array, labels: Float32Array): number {
  const op = "logLoss";
  const samples = predictions.length;
  if (samples !== labels.length) {
    throw new DqrmError("SHAPE", { op, what: "labels", expected: samples, actual: labels.length });
  }
  let sum = 0;
  for (let i = 0; i < samples; i++) {
    checkLabel(op, labels[i], i);
    checkProbability(op, predictions[i], i);
    const likelihood = labels[i] === 1 ? predictions[i] : 1 - predictions[i];
    sum -= Math.max(MINIMUM_LOG, Math.log(likelihood));
  }
  return samples === 0 ? 0 : sum / samples;
}

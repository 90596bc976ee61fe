import { DqrmError } from "@dqrm/core";

/**
 * Holds the scores of the positive and of the negative samples, each sorted upwards.
 *
 * @shape positives f32[samples with label 1], negatives f32[samples with label 0]
 */
export interface RankedScores {
  readonly positives: Float32Array;
  readonly negatives: Float32Array;
}

/**
 * Parts scores by their labels and sorts them.
 *
 * @throws SHAPE when there are not as many labels as scores; VALUE when a label is neither 0 nor 1;
 *         NON_FINITE when a score is NaN or infinite
 * @cost O(n log n), 4 bytes a sample
 */
export function rankScores(op: string, scores: Float32Array, labels: Float32Array): RankedScores {
  if (scores.length !== labels.length) {
    throw new DqrmError("SHAPE", { op, what: "labels", expected: scores.length, actual: labels.length });
  }
  let positiveCount = 0;
  for (let i = 0; i < labels.length; i++) {
    checkLabel(op, labels[i], i);
    if (!Number.isFinite(scores[i])) {
      throw new DqrmError("NON_FINITE", { what: `${op} score`, position: i, actual: String(scores[i]) });
    }
    positiveCount += labels[i];
  }
  const positives = new Float32Array(positiveCount);
  const negatives = new Float32Array(labels.length - positiveCount);
  let p = 0;
  let n = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) positives[p++] = scores[i];
    else negatives[n++] = scores[i];
  }
  return { positives: positives.sort(), negatives: negatives.sort() };
}

/** Checks that a label is 0 or 1. @throws VALUE */
export function checkLabel(op: string, label: number, position: number): void {
  if (label === 0 || label === 1) return;
  const actual = `${label} at position ${position}`;
  throw new DqrmError("VALUE", { op, what: "label", expected: "0 or 1", actual });
}

/** Checks that a prediction is a probability. @throws VALUE */
export function checkProbability(op: string, prediction: number, position: number): void {
  if (prediction >= 0 && prediction <= 1) return;
  const actual = `${prediction} at position ${position}`;
  throw new DqrmError("VALUE", { op, what: "prediction", expected: "a number in [0, 1]", actual });
}

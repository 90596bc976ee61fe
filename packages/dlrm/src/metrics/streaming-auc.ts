import { DqrmError } from "@dqrm/core";
import { checkLabel, checkProbability } from "./ranked-scores.ts";

/** Counts of a bin are 64 bits wide: this many take 16 MB for each class. */
const MAX_BINS = 1 << 21;

/** Collects predictions in bounded memory for the area under the ROC curve. */
export interface StreamingAuc {
  /**
   * Counts predictions [begin, end).
   *
   * @throws VALUE when a prediction is outside [0, 1] or a label is neither 0 nor 1
   */
  add(predictions: Float32Array, labels: Float32Array, begin: number, end: number): void;
  /** Gives the area so far; null when a class is missing. */
  result(): StreamingAucResult | null;
}

/** Holds an estimated area and how far the exact one can be from it. */
export interface StreamingAucResult {
  readonly auc: number;
  readonly errorBound: number;
}

/**
 * Creates a counter of predictions in equally wide bins over [0, 1], from which the AUC follows as if all
 * predictions of a bin were tied.
 *
 * @units |auc − exact| <= errorBound = Σ_bins positives·negatives / (2 · all positives · all negatives)
 * @throws VALUE when bins is not an integer in [1, 2^21]
 * @cost 16 bytes a bin, O(1) a prediction, O(bins) a result
 *
 * ```ts doctest
 * import { createStreamingAuc } from "@dqrm/dlrm";
 * const auc = createStreamingAuc(1024);
 * auc.add(Float32Array.of(0.1, 0.4, 0.4, 0.8), Float32Array.of(0, 0, 1, 1), 0, 4);
 * auc.result(); // => { auc: 0.875, errorBound: 0.125 }
 * ```
 */
export function createStreamingAuc(bins: number): StreamingAuc {
  const op = "createStreamingAuc";
  if (!Number.isInteger(bins) || bins < 1 || bins > MAX_BINS) {
    const expected = `an integer in [1, ${MAX_BINS}]`;
    throw new DqrmError("VALUE", { op, what: "bins", expected, actual: String(bins) });
  }
  const counts = { positives: new Float64Array(bins), negatives: new Float64Array(bins) };
  return {
    add(predictions, labels, begin, end) {
      for (let i = begin; i < end; i++) {
        const p = predictions[i];
        checkProbability(op, p, i);
        checkLabel(op, labels[i], i);
        const bin = Math.min(bins - 1, Math.floor(p * bins));
        if (labels[i] === 1) counts.positives[bin]++;
        else counts.negatives[bin]++;
      }
    },
    result: () => binnedAuc(counts.positives, counts.negatives),
  };
}

function binnedAuc(positives: Float64Array, negatives: Float64Array): StreamingAucResult | null {
  let below = 0;
  let positiveCount = 0;
  let ordered = 0;
  let tied = 0;
  for (let bin = 0; bin < positives.length; bin++) {
    ordered += positives[bin] * below;
    tied += positives[bin] * negatives[bin];
    below += negatives[bin];
    positiveCount += positives[bin];
  }
  const pairs = positiveCount * below;
  if (pairs === 0) return null;
  return { auc: (ordered + tied / 2) / pairs, errorBound: tied / 2 / pairs };
}

import { rankScores, type RankedScores } from "./ranked-scores.ts";

/**
 * Gives the average precision: the mean, over the positives, of the precision at their score; null without a positive.
 *
 * @units Σ (recall_k − recall_{k−1})·precision_k over the distinct scores, highest first
 * @source scikit-learn average_precision_score
 *
 * ```ts doctest
 * import { averagePrecision } from "@dqrm/dlrm";
 * averagePrecision(Float32Array.of(0.9, 0.8, 0.7, 0.6), Float32Array.of(1, 0, 1, 0)); // => 0.8333333333333333
 * ```
 */
export function averagePrecision(scores: Float32Array, labels: Float32Array): number | null {
  return rankedAveragePrecision(rankScores("averagePrecision", scores, labels));
}

/** Gives the average precision of ranked scores; null without a positive. */
export function rankedAveragePrecision({ negatives, positives }: RankedScores): number | null {
  if (positives.length === 0) return null;
  let sum = 0;
  let n = negatives.length;
  let p = positives.length;
  while (p > 0) {
    const score = positives[p - 1];
    const from = p;
    while (p > 0 && positives[p - 1] === score) p--;
    while (n > 0 && negatives[n - 1] >= score) n--;
    const hits = positives.length - p;
    sum += ((from - p) * hits) / (hits + negatives.length - n);
  }
  return sum / positives.length;
}

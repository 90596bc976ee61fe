import { rankScores, type RankedScores } from "./ranked-scores.ts";

/**
 * Gives the area under the ROC curve: the share of pairs of a positive and a negative in which the positive scores
 * higher, ties counting half; null when a class is missing.
 *
 * @throws SHAPE, VALUE or NON_FINITE as {@link evaluatePredictions}
 * @cost O(n log n)
 *
 * ```ts doctest
 * import { exactAuc } from "@dqrm/dlrm";
 * exactAuc(Float32Array.of(0.1, 0.4, 0.4, 0.8), Float32Array.of(0, 0, 1, 1)); // => 0.875
 * ```
 */
export function exactAuc(scores: Float32Array, labels: Float32Array): number | null {
  return rankedAuc(rankScores("exactAuc", scores, labels));
}

/** Gives the area under the ROC curve of ranked scores; null when a class is missing. */
export function rankedAuc({ negatives, positives }: RankedScores): number | null {
  if (positives.length === 0 || negatives.length === 0) return null;
  let below = 0;
  let upTo = 0;
  let halves = 0;
  for (let i = 0; i < positives.length; i++) {
    const score = positives[i];
    while (below < negatives.length && negatives[below] < score) below++;
    if (upTo < below) upTo = below;
    while (upTo < negatives.length && negatives[upTo] === score) upTo++;
    halves += below + upTo;
  }
  return halves / (2 * positives.length * negatives.length);
}

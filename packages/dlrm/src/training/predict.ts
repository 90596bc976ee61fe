import { DqrmError, type InferencePlan } from "@dqrm/core";
import { batches, createBatchBuffer, type EncodedDataset } from "@dqrm/data";

/**
 * Holds the predictions of one batch, in file order; the arrays are reused for the next.
 *
 * @shape probabilities f32[size], labels f32[size]
 */
export interface PredictedBatch {
  readonly probabilities: Float32Array;
  readonly labels: Float32Array;
}

/**
 * Predicts a dataset batch by batch, in file order.
 *
 * @throws VALUE when batchSize is out of range; what the plan and the dataset throw
 * @cost memory for one batch, whatever the number of samples
 *
 * ```ts doctest
 * import type { InferencePlan } from "@dqrm/core";
 * import { predict } from "@dqrm/dlrm";
 * import { randomDataset } from "@dqrm/data";
 * const dataset = randomDataset({ rows: 5, seed: 1, denseFeatures: 1, features: [{ rows: 9 }] });
 * const plan: InferencePlan = { backend: "half", infer: (batch, dst) => { dst.fill(0.5, 0, batch.size); } };
 * [...predict(plan, dataset, 4)].map(({ probabilities }) => probabilities.length); // => [4, 1]
 * ```
 */
export function* predict(
  plan: InferencePlan,
  dataset: EncodedDataset,
  batchSize: number,
): Generator<PredictedBatch, void, undefined> {
  if (dataset.samples === 0) return;
  const capacity = Math.min(batchSize, dataset.samples);
  const buffer = createBatchBuffer(dataset, capacity);
  const probabilities = new Float32Array(capacity);
  for (const batch of batches(dataset, { batchSize, order: { kind: "file" }, firstBatch: 0 }, buffer)) {
    plan.infer(batch, probabilities);
    checkProbabilities(probabilities, batch.size);
    yield {
      probabilities: probabilities.subarray(0, batch.size),
      labels: batch.labels.subarray(0, batch.size),
    };
  }
}

function checkProbabilities(probabilities: Float32Array, size: number): void {
  for (let i = 0; i < size; i++) {
    if (!Number.isFinite(probabilities[i])) {
      const actual = String(probabilities[i]);
      throw new DqrmError("NON_FINITE", { what: "predicted probability", position: i, actual });
    }
  }
}

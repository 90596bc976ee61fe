import type { InferencePlan } from "@dqrm/core";
import type { EncodedDataset } from "@dqrm/data";
import { evaluatePredictions, type Metrics } from "../metrics/evaluate-predictions.ts";
import { predict, type PredictedBatch } from "./predict.ts";
import { roundTargets } from "./round-targets.ts";

/** Says how a dataset is evaluated. */
export interface EvaluationOptions {
  readonly batchSize: number;
  /** Rounds the labels to 0 or 1; otherwise another label is an error. */
  readonly roundTargets: boolean;
}

/**
 * Measures a plan's predictions of a dataset; null when it has no samples.
 *
 * @throws VALUE when a label is neither 0 nor 1; what the plan and the dataset throw
 * @cost 12 bytes a sample
 *
 * ```ts doctest
 * import type { InferencePlan } from "@dqrm/core";
 * import { evaluateModel } from "@dqrm/dlrm";
 * import { randomDataset } from "@dqrm/data";
 * const dataset = randomDataset({ rows: 50, seed: 1, denseFeatures: 1, features: [{ rows: 9 }] });
 * const plan: InferencePlan = { backend: "half", infer: (batch, dst) => { dst.fill(0.5, 0, batch.size); } };
 * evaluateModel(plan, dataset, { batchSize: 4, roundTargets: false })?.auc; // => 0.5
 * ```
 */
export function evaluateModel(
  plan: InferencePlan,
  dataset: EncodedDataset,
  options: EvaluationOptions,
): Metrics | null {
  const collected = createCollector(dataset, options);
  for (const batch of predict(plan, dataset, options.batchSize)) collected.add(batch);
  return collected.metrics();
}

/**
 * Measures as {@link evaluateModel}, and lets other work run after each batch.
 *
 * ```ts doctest
 * import type { InferencePlan } from "@dqrm/core";
 * import { evaluateModelPausing } from "@dqrm/dlrm";
 * import { randomDataset } from "@dqrm/data";
 * const dataset = randomDataset({ rows: 50, seed: 1, denseFeatures: 1, features: [{ rows: 9 }] });
 * const plan: InferencePlan = { backend: "half", infer: (batch, dst) => { dst.fill(0.5, 0, batch.size); } };
 * let batches = 0;
 * const afterBatch = () => Promise.resolve(void batches++);
 * await evaluateModelPausing(plan, dataset, { batchSize: 20, roundTargets: false, afterBatch });
 * batches; // => 3
 * ```
 */
export async function evaluateModelPausing(
  plan: InferencePlan,
  dataset: EncodedDataset,
  options: EvaluationOptions & { readonly afterBatch: () => Promise<void> },
): Promise<Metrics | null> {
  const collected = createCollector(dataset, options);
  for (const batch of predict(plan, dataset, options.batchSize)) {
    collected.add(batch);
    await options.afterBatch();
  }
  return collected.metrics();
}

function createCollector(
  dataset: EncodedDataset,
  options: EvaluationOptions,
): { add(batch: PredictedBatch): void; metrics(): Metrics | null } {
  const probabilities = new Float32Array(dataset.samples);
  const labels = new Float32Array(dataset.samples);
  let count = 0;
  return {
    add(batch) {
      if (options.roundTargets) roundTargets(batch.labels, batch.labels.length);
      probabilities.set(batch.probabilities, count);
      labels.set(batch.labels, count);
      count += batch.labels.length;
    },
    metrics: () => (count === 0 ? null : evaluatePredictions(probabilities, labels)),
  };
}

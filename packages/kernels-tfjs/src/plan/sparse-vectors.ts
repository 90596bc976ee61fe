import type { Tensor } from "@tensorflow/tfjs-core";
import {
  vectorCols,
  type Batch,
  type FeatureVectors,
  type ModelSpec,
  type SparseGradients,
} from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";

/** Carries the vectors of features to a backend and their gradient back: nothing else of a table crosses. */
export interface SparseVectors {
  /** @shape f32[size × features × cols] */
  forward(batch: Batch): Tensor;
  /** Comes after `forward` with the same batch. */
  backward(batch: Batch, dpooled: Tensor, gradients: SparseGradients): void;
}

/**
 * Prepares the crossing of a model's pooled vectors.
 *
 * @cost two copies of the vectors of `maxBatch` samples
 */
export function createSparseVectors(
  spec: ModelSpec,
  features: FeatureVectors,
  runtime: Runtime,
  maxBatch: number,
): SparseVectors {
  const count = spec.features.length;
  const cols = vectorCols(spec);
  const vectors = new Float32Array(maxBatch * count * cols);
  const dvectors = new Float32Array(maxBatch * count * cols);
  return {
    forward(batch) {
      features.forward(batch, vectors);
      return runtime.send(vectors.subarray(0, batch.size * count * cols), [batch.size, count, cols]);
    },
    backward(batch, dpooled, gradients) {
      if (count > 0) runtime.receive(dpooled, dvectors, 0);
      features.backward(batch, dvectors, gradients);
    },
  };
}

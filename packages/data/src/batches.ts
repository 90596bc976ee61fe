import { DqrmError, type Batch } from "@dqrm/core";
import { createBatchBuffer, MAX_BATCH } from "./batch-buffer.ts";
import { checkInteger } from "./check.ts";
import type { BatchBuffer, BatchOptions, EncodedDataset } from "./dataset.ts";
import { createPermutation } from "./permutation.ts";

/**
 * Counts the batches of a pass, the last and perhaps smaller one included.
 *
 * ```ts doctest
 * import { batchCount } from "@dqrm/data";
 * batchCount(10, 4); // => 3
 * ```
 */
export function batchCount(samples: number, batchSize: number): number {
  return Math.ceil(samples / batchSize);
}

/**
 * Gives the batches of one pass over a dataset: every sample comes exactly once, in file order or shuffled by a key.
 *
 * One buffer is filled again and again: what a batch held is gone when the next one is asked for.
 *
 * @throws VALUE when batchSize or firstBatch is out of range; LIMIT when `into` is too small for a batch
 * @cost O(batch) a step, allocates nothing after the first
 *
 * ```ts doctest
 * import { batches, randomDataset } from "@dqrm/data";
 * const dataset = randomDataset({ rows: 10, seed: 1, denseFeatures: 2, features: [{ rows: 5 }] });
 * const order = { kind: "shuffled", key: { seed: 1, stream: 0 } } as const;
 * const sizes = [];
 * for (const batch of batches(dataset, { batchSize: 4, order, firstBatch: 0 })) sizes.push(batch.size);
 * sizes; // => [4, 4, 2]
 * ```
 */
export function* batches(
  dataset: EncodedDataset,
  options: BatchOptions,
  into?: BatchBuffer,
): Generator<Batch, void, undefined> {
  const { samples } = dataset;
  const batchSize = checkInteger("batches", "batchSize", options.batchSize, [1, MAX_BATCH]);
  const count = batchCount(samples, batchSize);
  const first = checkInteger("batches", "firstBatch", options.firstBatch, [0, count]);
  const buffer = into ?? createBatchBuffer(dataset, Math.max(1, Math.min(batchSize, samples)));
  const needed = Math.min(batchSize, samples);
  if (buffer.capacity < needed) {
    throw new DqrmError("LIMIT", {
      what: "batchSize",
      limit: "BatchBuffer.capacity",
      maximum: buffer.capacity,
      actual: needed,
    });
  }
  const numbers = new Float64Array(needed);
  const order = options.order.kind === "shuffled" ? createPermutation(samples, options.order.key) : undefined;
  for (let batch = first; batch < count; batch++) {
    const begin = batch * batchSize;
    const size = Math.min(batchSize, samples - begin);
    for (let i = 0; i < size; i++) numbers[i] = order === undefined ? begin + i : order.at(begin + i);
    dataset.fill(numbers, 0, size, buffer);
    yield buffer;
  }
}

import { DqrmError } from "@dqrm/core";
import { checkInteger, checkLength } from "./check.ts";
import type { BatchBuffer, EncodedDataset } from "./dataset.ts";

/** Nobody trains on a larger batch; a larger buffer is a mistake in a unit. */
export const MAX_BATCH: number = 1 << 24;

/**
 * Creates the arrays for batches of up to `capacity` samples of a dataset.
 *
 * Bags hold one index a sample at first; {@link reserveIndices} lets a dataset lengthen them.
 *
 * ```ts doctest
 * import { createBatchBuffer, randomDataset } from "@dqrm/data";
 * const dataset = randomDataset({ rows: 10, seed: 1, denseFeatures: 2, features: [{ rows: 5 }] });
 * createBatchBuffer(dataset, 4).dense.length; // => 8
 * ```
 */
export function createBatchBuffer(
  dataset: Pick<EncodedDataset, "denseFeatures" | "features">,
  capacity: number,
): BatchBuffer {
  checkInteger("createBatchBuffer", "capacity", capacity, [1, MAX_BATCH]);
  return {
    capacity,
    size: 0,
    dense: new Float32Array(capacity * dataset.denseFeatures),
    labels: new Float32Array(capacity),
    bags: dataset.features.map(() => ({
      indices: new Int32Array(capacity),
      offsets: new Int32Array(capacity + 1),
    })),
  };
}

/**
 * Lengthens the indices of one feature's bags so that `count` fit; the indices it held are kept.
 *
 * @cost amortised O(1): the length at least doubles
 *
 * ```ts doctest
 * import { reserveIndices } from "@dqrm/data";
 * const bag = { indices: Int32Array.of(7, 8), offsets: Int32Array.of(0, 2) };
 * reserveIndices(bag, 3);
 * [...bag.indices]; // => [7, 8, 0, 0]
 * ```
 */
export function reserveIndices(bag: BatchBuffer["bags"][number], count: number): void {
  if (bag.indices.length >= count) return;
  const indices = new Int32Array(Math.max(count, 2 * bag.indices.length));
  indices.set(bag.indices);
  bag.indices = indices;
}

/**
 * Checks that samples numbers[begin..end) exist in a dataset and fit into a buffer made for it.
 *
 * @throws LIMIT when they are more than the capacity; SHAPE when the buffer is of another dataset; INDEX_RANGE when
 *   a number is outside [0, samples)
 */
export function checkFill(
  dataset: Pick<EncodedDataset, "samples" | "denseFeatures" | "features">,
  numbers: Float64Array,
  range: readonly [begin: number, end: number],
  into: BatchBuffer,
): void {
  const op = "EncodedDataset.fill";
  const [begin, end] = range;
  checkInteger(op, "end", end, [0, numbers.length]);
  checkInteger(op, "begin", begin, [0, end]);
  if (end - begin > into.capacity) {
    throw new DqrmError("LIMIT", {
      what: "number of samples in a batch",
      limit: "BatchBuffer.capacity",
      maximum: into.capacity,
      actual: end - begin,
    });
  }
  checkLength(op, "dense", into.dense.length, into.capacity * dataset.denseFeatures);
  checkLength(op, "bags", into.bags.length, dataset.features.length);
  const { samples } = dataset;
  for (let i = begin; i < end; i++) {
    const number = numbers[i];
    if (!(number >= 0 && number < samples && Number.isInteger(number))) {
      throw new DqrmError("INDEX_RANGE", { op, position: i, index: number, rows: samples });
    }
  }
}

import type { Batch, Jagged } from "@dqrm/core";

/** Gives the samples [begin, end) of a batch as a batch; valid until the next call. */
export type BatchSlicer = (batch: Batch, begin: number, end: number) => Batch;

/**
 * Prepares the cutting of batches into shards.
 *
 * @cost O(samples of the slice) for the offsets of each feature; indices and numbers are not copied
 */
export function prepareSlices(denseFeatures: number): BatchSlicer {
  const offsets: Int32Array[] = [];
  const cut = ({ offsets: all, indices, weights }: Jagged, f: number, begin: number, end: number): Jagged => {
    const own = offsetsFor(offsets, f, end - begin + 1);
    const first = all[begin];
    for (let b = begin; b <= end; b++) own[b - begin] = all[b] - first;
    const part = { indices: indices.subarray(first, all[end]), offsets: own };
    return weights === undefined ? part : { ...part, weights: weights.subarray(first, all[end]) };
  };
  return function slice({ bags, dense, firstSample = 0, labels }, begin, end) {
    return {
      firstSample: firstSample + begin,
      size: end - begin,
      dense: dense.subarray(begin * denseFeatures, end * denseFeatures),
      labels: labels.subarray(begin, end),
      bags: bags.map((own, f) => cut(own, f, begin, end)),
    };
  };
}

function offsetsFor(all: Int32Array[], feature: number, length: number): Int32Array {
  if (feature >= all.length || all[feature].length < length) all[feature] = new Int32Array(length);
  return all[feature].subarray(0, length);
}

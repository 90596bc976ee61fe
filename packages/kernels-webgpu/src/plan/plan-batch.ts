import type { Batch, ModelSpec } from "@dqrm/core";
import { checkBags, failIndex } from "@dqrm/core/checks";
import type { PlanBatch } from "./forward-passes.ts";
import type { TableFeature } from "./model-shape.ts";

/**
 * Cuts out of a batch what a program reads, and checks its bags.
 *
 * @throws INDEX_RANGE, VALUE or SHAPE as the kernels of single ops
 */
export function planBatch(
  spec: ModelSpec,
  features: readonly TableFeature[],
  { bags, dense, labels, size }: Batch,
  labeled: boolean,
): PlanBatch {
  return {
    size,
    dense: dense.subarray(0, size * spec.denseFeatures),
    labels: labeled ? labels.subarray(0, size) : new Float32Array(size),
    bags: bags.map((bag, f) => {
      checkBags("embeddingBag", bag, 0, size);
      const { indices, offsets, weights } = bag;
      const [first, last] = [offsets[0], offsets[size]];
      const { rows } = spec.tables[features[f].table];
      for (let position = first; position < last; position++) {
        const row = indices[position];
        if (row < 0 || row >= rows) failIndex("embeddingBag", position, row, rows);
      }
      return {
        indices: Uint32Array.from(indices.subarray(first, last)),
        offsets: Uint32Array.from(offsets.subarray(0, size + 1), (offset) => offset - first),
        weights: weights?.subarray(first, last),
      };
    }),
  };
}

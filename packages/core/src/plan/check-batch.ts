import { DqrmError } from "../errors.ts";
import type { Batch } from "../format/batch.ts";
import type { ModelSpec } from "./model-spec.ts";

/**
 * Checks that a batch fits a model and a plan.
 *
 * @throws LIMIT when it is larger than maxBatch; SHAPE naming the array; VALUE when it is empty; NON_FINITE for a dense feature
 * @cost O(dense features of the batch)
 */
export function checkBatch(op: string, spec: ModelSpec, batch: Batch, maxBatch: number): void {
  const { bags, dense, size } = batch;
  if (!Number.isInteger(size) || size < 1) {
    throw new DqrmError("VALUE", {
      op,
      what: "batch size",
      expected: "an integer >= 1",
      actual: String(size),
    });
  }
  if (size > maxBatch) {
    throw new DqrmError("LIMIT", {
      what: `${op} batch size`,
      limit: "maxBatch",
      maximum: maxBatch,
      actual: size,
    });
  }
  const denseLength = size * spec.denseFeatures;
  if (dense.length < denseLength) throw shapeError(op, "dense", denseLength, dense.length);
  if (bags.length !== spec.features.length) throw shapeError(op, "bags", spec.features.length, bags.length);
  bags.forEach((bag, f) => {
    if (bag.offsets.length < size + 1)
      throw shapeError(op, `bags[${f}].offsets`, size + 1, bag.offsets.length);
  });
  for (let i = 0; i < denseLength; i++) {
    if (!Number.isFinite(dense[i])) {
      throw new DqrmError("NON_FINITE", {
        what: `${op}: dense feature ${i % spec.denseFeatures} of sample ${Math.floor(i / spec.denseFeatures)}`,
        position: i,
        actual: String(dense[i]),
      });
    }
  }
}

/**
 * Checks that every label of a batch is there and finite.
 *
 * @throws SHAPE; NON_FINITE naming the sample
 */
export function checkLabels(op: string, { labels, size }: Batch): void {
  if (labels.length < size) throw shapeError(op, "labels", size, labels.length);
  for (let i = 0; i < size; i++) {
    if (!Number.isFinite(labels[i])) {
      throw new DqrmError("NON_FINITE", { what: `${op}: label`, position: i, actual: String(labels[i]) });
    }
  }
}

function shapeError(op: string, what: string, expected: number, actual: number): DqrmError<"SHAPE"> {
  return new DqrmError("SHAPE", { op, what: `batch ${what}`, expected, actual });
}

import type { Placement } from "../../kernel/ops.ts";
import type { FeatureSpec } from "../model-spec.ts";
import type { Feature, FeatureContext } from "./feature.ts";
import { createIndexSplit, type IndexSplit } from "./index-split.ts";
import { createTableFeature } from "./table-feature.ts";

type QuotientRemainder = Extract<FeatureSpec, { kind: "quotient-remainder" }>;

/**
 * Prepares a feature whose row x combines row ⌊x/c⌋ of one table with row x mod c of another.
 *
 * As in the reference program the pooled vectors are combined, not the rows: with several indices in a bag,
 * "mult" gives (Σq)·(Σr).
 *
 * @source facebookresearch/dlrm tricks/qr_embedding_bag.py
 */
export function createQuotientRemainderFeature(
  context: FeatureContext,
  feature: QuotientRemainder,
  placement: Placement,
): Feature {
  switch (feature.combine) {
    case "mult":
      return createProduct(context, feature, placement);
    case "add":
      return createSum(context, feature, placement);
    case "concat":
      return createConcatenation(context, feature, placement);
  }
}

function createPair(
  context: FeatureContext,
  { pooling, quotient, remainder }: QuotientRemainder,
  first: Placement,
  second: Placement,
): readonly [Feature, Feature] {
  return [
    createTableFeature(context, { kind: "table", table: quotient, pooling }, first),
    createTableFeature(context, { kind: "table", table: remainder, pooling }, second),
  ];
}

/** Gives both tables the gradient at their own places, for vectors that were added or stand side by side. */
function backwardOf(q: Feature, r: Feature, split: IndexSplit): Feature["backward"] {
  return function backward(_bags, dvectors, size, gradients) {
    q.backward(split.quotient, dvectors, size, gradients);
    r.backward(split.remainder, dvectors, size, gradients);
  };
}

function createConcatenation(
  context: FeatureContext,
  feature: QuotientRemainder,
  { stride, offset }: Placement,
): Feature {
  const split = createIndexSplit(feature.collisions);
  const { cols } = context.spec.tables[feature.quotient];
  const [q, r] = createPair(context, feature, { stride, offset }, { stride, offset: offset + cols });
  return {
    forward(bags, vectors, size) {
      split.update(bags);
      q.forward(split.quotient, vectors, size);
      r.forward(split.remainder, vectors, size);
    },
    backward: backwardOf(q, r, split),
  };
}

function createSum(context: FeatureContext, feature: QuotientRemainder, placement: Placement): Feature {
  const split = createIndexSplit(feature.collisions);
  const { cols } = context.spec.tables[feature.quotient];
  const [q, r] = createPair(context, feature, placement, placement);
  const addend = new Float32Array(context.maxBatch * placement.stride);
  return {
    forward(bags, vectors, size) {
      split.update(bags);
      q.forward(split.quotient, vectors, size);
      r.forward(split.remainder, addend, size);
      for (let b = 0; b < size; b++) {
        const at = b * placement.stride + placement.offset;
        for (let c = 0; c < cols; c++) vectors[at + c] += addend[at + c];
      }
    },
    backward: backwardOf(q, r, split),
  };
}

function createProduct(context: FeatureContext, feature: QuotientRemainder, placement: Placement): Feature {
  const split = createIndexSplit(feature.collisions);
  const { cols } = context.spec.tables[feature.quotient];
  const dense: Placement = { stride: cols, offset: 0 };
  const [q, r] = createPair(context, feature, dense, dense);
  const pooledQ = new Float32Array(context.maxBatch * cols);
  const pooledR = new Float32Array(context.maxBatch * cols);
  const dpooled = new Float32Array(context.maxBatch * cols);

  const scaleByOther = (dvectors: Float32Array, other: Float32Array, size: number): void => {
    for (let b = 0; b < size; b++) {
      const at = b * placement.stride + placement.offset;
      for (let c = 0; c < cols; c++) dpooled[b * cols + c] = dvectors[at + c] * other[b * cols + c];
    }
  };

  return {
    forward(bags, vectors, size) {
      split.update(bags);
      q.forward(split.quotient, pooledQ, size);
      r.forward(split.remainder, pooledR, size);
      for (let b = 0; b < size; b++) {
        const at = b * placement.stride + placement.offset;
        for (let c = 0; c < cols; c++) vectors[at + c] = pooledQ[b * cols + c] * pooledR[b * cols + c];
      }
    },
    backward(_bags, dvectors, size, gradients) {
      scaleByOther(dvectors, pooledR, size);
      q.backward(split.quotient, dpooled, size, gradients);
      scaleByOther(dvectors, pooledQ, size);
      r.backward(split.remainder, dpooled, size, gradients);
    },
  };
}

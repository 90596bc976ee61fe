import type { Batch, ModelSpec } from "@dqrm/core";
import { createBits, type BitSource } from "./noise.ts";

/** Says how rows are drawn: all alike, or by Zipf's law with exponent 1 over scattered rows. */
export type IndexLaw = "uniform" | "zipf";

/** Says what batches hold. */
export interface BatchRingOptions {
  readonly spec: ModelSpec;
  /** Batches in the ring. */
  readonly count: number;
  readonly batch: number;
  readonly pooling: number;
  readonly weighted: boolean;
  readonly index: IndexLaw;
  readonly seed: number;
}

/** Holds batches whose arrays are filled again and again, as a source's are, so that rows are always new ones. */
export interface BatchRing {
  readonly batches: readonly Batch[];
  /** Draws the samples of the first `count` batches anew. */
  refill(count: number): void;
}

/** Scatters neighbouring ranks: frequent rows must not share cache lines. */
const SCATTER = 0x9e37_79b1;

/** Creates a ring of batches with fixed lengths of the bags. */
export function createBatchRing(options: BatchRingOptions): BatchRing {
  const { batch, count, index, pooling, seed, spec, weighted } = options;
  const bits = createBits(seed);
  const offsets = Int32Array.from({ length: batch + 1 }, (_, b) => b * pooling);
  const bag = (): Batch["bags"][number] => {
    const indices = new Int32Array(batch * pooling);
    return weighted ? { indices, offsets, weights: new Float32Array(batch * pooling) } : { indices, offsets };
  };
  const batches = Array.from({ length: count }, (): Batch => ({
    size: batch,
    dense: new Float32Array(batch * spec.denseFeatures),
    labels: new Float32Array(batch),
    bags: spec.features.map(bag),
  }));
  const fillIndices = spec.tables.map(({ rows }) => indexFiller(index, rows, bits));
  const refill = (first: number): void => {
    for (const { bags, dense, labels } of batches.slice(0, first)) {
      for (let i = 0; i < dense.length; i++) dense[i] = bits() / 2 ** 32;
      for (let i = 0; i < labels.length; i++) labels[i] = bits() & 1;
      bags.forEach(({ indices, weights }, f) => {
        fillIndices[f](indices);
        if (weights === undefined) return;
        for (let i = 0; i < weights.length; i++) weights[i] = bits() / 2 ** 32;
      });
    }
  };
  refill(count);
  return { batches, refill };
}

/** Prepares a function that draws row indices. */
export function indexFiller(law: IndexLaw, rows: number, bits: BitSource): (indices: Int32Array) => void {
  const scale = rows / 2 ** 32;
  if (law === "uniform") {
    return (indices) => {
      for (let i = 0; i < indices.length; i++) indices[i] = bits() * scale;
    };
  }
  const logRows = Math.log(rows) / 2 ** 32;
  return (indices) => {
    for (let i = 0; i < indices.length; i++) {
      const rank = Math.floor(Math.exp(bits() * logRows)) - 1;
      indices[i] = (Math.imul(rank, SCATTER) >>> 0) % rows;
    }
  };
}

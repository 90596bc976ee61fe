import { DqrmError } from "../../errors.ts";
import type { Jagged } from "../../format/jagged.ts";
import type { RowGradient } from "../../format/row-gradient.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import type { BagSpec } from "../../kernel/ops.ts";
import type { FeatureContext, RowsReader } from "./feature.ts";

/** Weighs the rows of bags by one number for each row of the table, fixed or learned. */
export interface PoolingWeights {
  /** Returns bags weighted by their rows; valid until the next call. @throws SHAPE when bags lack weights of their own */
  weigh(bags: Jagged): Jagged;
  backward(dvectors: Float32Array, bags: Jagged, gradient: RowGradient): void;
}

/**
 * Prepares the pooling weights of a table, or answers undefined when it has none.
 *
 * Their gradient takes the float rows, also of a table that the forward pass sees quantized, as in the reference program;
 * a table without float rows gives what its codes stand for.
 *
 * @source facebookresearch/dlrm --weighted-pooling: v_W_l, passed as per_sample_weights
 */
export function createPoolingWeights(
  context: FeatureContext,
  table: number,
  spec: BagSpec,
): PoolingWeights | undefined {
  const { poolingWeights } = context.spec.tables[table];
  if (poolingWeights === "none") return undefined;
  const perRow = context.poolingWeights[table];
  const readRows = poolingWeights === "learned" ? context.readRows?.[table] : undefined;
  const perIndexGradient = readRows && prepareIndexGradient(context.kernels, spec, readRows);
  const coalesce = context.kernels.prepare("coalesceRows", { cols: 1 });
  let perIndex = new Float32Array(0);
  let gradients = new Float32Array(0);

  return {
    weigh(bags) {
      const { indices, offsets } = bags;
      const own = bags.weights?.length ?? indices.length;
      if (own < offsets[offsets.length - 1]) {
        const expected = offsets[offsets.length - 1];
        throw new DqrmError("SHAPE", { op: "pooling weights", what: "bag weights", expected, actual: own });
      }
      if (perIndex.length < indices.length) {
        perIndex = new Float32Array(Math.max(indices.length, 2 * perIndex.length));
        gradients = new Float32Array(perIndex.length);
      }
      for (let i = 0; i < indices.length; i++) {
        const weight = bags.weights === undefined ? 1 : bags.weights[i];
        perIndex[i] = weight * perRow[indices[i]];
      }
      return { indices, offsets, weights: perIndex };
    },
    backward(dvectors, bags, gradient) {
      if (perIndexGradient === undefined) return;
      const count = bags.offsets[bags.offsets.length - 1];
      perIndexGradient(dvectors, bags, gradients);
      if (bags.weights !== undefined) {
        for (let i = 0; i < count; i++) gradients[i] *= bags.weights[i];
      }
      coalesce(bags.indices, gradients, count, gradient);
    },
  };
}

/**
 * Prepares the gradient of the weight of every index of a batch, from the rows that the indices name.
 *
 * The rows are read one after the other, so that it does not matter where a table keeps them, or whether as floats.
 */
function prepareIndexGradient(
  kernels: Kernels,
  spec: BagSpec,
  readRows: RowsReader,
): (dvectors: Float32Array, bags: Jagged, dst: Float32Array) => void {
  const gradient = kernels.prepare("embeddingBagWeightGradient", spec);
  let places = new Int32Array(0);
  let values = new Float32Array(0);
  return (dvectors, { indices, offsets }, dst) => {
    const bags = offsets.length - 1;
    const count = offsets[bags];
    if (places.length < count) {
      places = Int32Array.from({ length: Math.max(count, 2 * places.length) }, (_, i) => i);
      values = new Float32Array(places.length * spec.cols);
    }
    readRows(indices, count, values);
    gradient(dvectors, values, places.length, { indices: places, offsets }, dst, 0, bags);
  };
}

import { DqrmError } from "../../errors.ts";
import type { Jagged } from "../../format/jagged.ts";
import type { RowGradient } from "../../format/row-gradient.ts";
import type { BagSpec } from "../../kernel/ops.ts";
import type { FeatureContext } from "./feature.ts";

/** Weighs the rows of bags by one number for each row of the table, fixed or learned. */
export interface PoolingWeights {
  /** Returns bags weighted by their rows; valid until the next call. @throws SHAPE when bags lack weights of their own */
  weigh(bags: Jagged): Jagged;
  backward(dvectors: Float32Array, bags: Jagged, gradient: RowGradient): void;
}

/**
 * Prepares the pooling weights of a table, or answers undefined when it has none.
 *
 * Their gradient takes the float rows, also of a table that the forward pass sees quantized, as in the reference program.
 *
 * @source facebookresearch/dlrm --weighted-pooling: v_W_l, passed as per_sample_weights
 */
export function createPoolingWeights(
  context: FeatureContext,
  table: number,
  spec: BagSpec,
): PoolingWeights | undefined {
  const { poolingWeights, rows } = context.spec.tables[table];
  if (poolingWeights === "none") return undefined;
  const perRow = context.poolingWeights[table];
  const weights = context.tables?.[table];
  const learned = poolingWeights === "learned" && weights !== undefined;
  const weightGradient = context.kernels.prepare("embeddingBagWeightGradient", spec);
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
      if (!learned) return;
      const count = bags.offsets[bags.offsets.length - 1];
      weightGradient(dvectors, weights, rows, bags, gradients, 0, bags.offsets.length - 1);
      if (bags.weights !== undefined) {
        for (let i = 0; i < count; i++) gradients[i] *= bags.weights[i];
      }
      coalesce(bags.indices, gradients, count, gradient);
    },
  };
}

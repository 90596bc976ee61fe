import type { InteractionSpec } from "../kernel/ops.ts";
import type { Kernels } from "../kernel/kernels.ts";
import { interactionOutputs } from "../reference/interaction.ts";
import type { VectorCopy } from "./feature/vector-copy.ts";
import type { ModelInteraction } from "./model-spec.ts";

/** Crosses the vectors of samples, and takes the gradient back. */
export interface PreparedInteraction {
  /** @throws NON_FINITE when vectors are rounded to codes and one is NaN or infinite */
  forward(vectors: Float32Array, crossed: Float32Array, size: number): void;
  /** Comes after `forward` with the same vectors. */
  backward(vectors: Float32Array, dcrossed: Float32Array, dvectors: Float32Array, size: number): void;
}

/**
 * Prepares the interaction of a model, over vectors as they are or over their 16-bit codes.
 *
 * @source the authors' --modify_feature_interaction: one scale for the vectors of a batch, the gradient passes unchanged
 * @cost a copy of the vectors of `maxBatch` samples when they are rounded
 */
export function createInteraction(
  { bits, itself, kind }: ModelInteraction,
  { cols, vectors: count }: Pick<InteractionSpec, "vectors" | "cols">,
  kernels: Kernels,
  maxBatch: number,
): PreparedInteraction {
  const shape = { kind, itself, vectors: count, cols };
  const products = kernels.prepare("interaction", shape);
  const productsBackward = kernels.prepare("interactionBackward", shape);
  if (bits === undefined) {
    return {
      forward(vectors, crossed, size) {
        products(vectors, crossed, 0, size);
      },
      backward(vectors, dcrossed, dvectors, size) {
        productsBackward(vectors, dcrossed, dvectors, 0, size);
      },
    };
  }
  const inputs = count * cols;
  const outputs = interactionOutputs(shape);
  const rounded = new Float32Array(maxBatch * inputs);
  const round = prepareRounding(bits, inputs, kernels);
  return {
    forward(vectors, crossed, size) {
      round(vectors, rounded, size);
      products(rounded, crossed, 0, size);
      for (let b = 0; b < size; b++) {
        for (let c = 0; c < cols; c++) crossed[b * outputs + c] = vectors[b * inputs + c];
      }
    },
    backward(_, dcrossed, dvectors, size) {
      productsBackward(rounded, dcrossed, dvectors, 0, size);
    },
  };
}

function prepareRounding(bits: 16, cols: number, kernels: Kernels): VectorCopy {
  const format = { bits, cols, scheme: "symmetric", granularity: { kind: "table" } } as const;
  const chooseScale = kernels.prepare("chooseScale", format);
  const fakeQuantize = kernels.prepare("fakeQuantizeRows", format);
  const scale = new Float32Array(1);
  const noBias = new Float32Array(0);
  return (vectors, rounded, size) => {
    chooseScale(vectors, scale, noBias, 0, size);
    fakeQuantize(vectors, scale, noBias, rounded, 0, size);
  };
}

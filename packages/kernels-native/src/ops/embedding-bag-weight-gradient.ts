import type { BagSpec, OpFn } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

const OP = "embeddingBagWeightGradient";

/** Prepares the gradient of the weights with which bags pool their rows. */
export function prepareEmbeddingBagWeightGradient(
  spec: BagSpec,
  native: NativeKernels,
): OpFn<"embeddingBagWeightGradient"> {
  const explain = prepareReference(OP, spec);
  const { cols, stride, offset } = spec;
  const mean = spec.pooling === "mean";
  return function embeddingBagWeightGradient(gradient, table, rows, bags, dst, begin, end) {
    const { indices, offsets, weights } = bags;
    const done = native.embeddingBagWeightGradient(
      gradient,
      table,
      rows,
      indices,
      offsets,
      weights,
      dst,
      cols,
      stride,
      offset,
      mean,
      begin,
      end,
    );
    if (done) return;
    explain(gradient, table, rows, bags, dst, begin, end);
    failArrays(OP);
  };
}

import type { BagSpec, OpFn } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the pooling of float rows. */
export function prepareEmbeddingBag(spec: BagSpec, native: NativeKernels): OpFn<"embeddingBag"> {
  const explain = prepareReference("embeddingBag", spec);
  const { cols, stride, offset } = spec;
  const mean = spec.pooling === "mean";
  return function embeddingBag(table, rows, bags, dst, begin, end) {
    const { indices, offsets, weights } = bags;
    if (
      native.embeddingBag(table, rows, indices, offsets, weights, dst, cols, stride, offset, mean, begin, end)
    ) {
      return;
    }
    explain(table, rows, bags, dst, begin, end);
    failArrays("embeddingBag");
  };
}

import { spanLayout, type FakeQuantBagSpec, type OpFn } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { schemeNumber } from "./served-scheme.ts";

const SYMMETRIC = schemeNumber({ scheme: "symmetric" });

/** Prepares the pooling of float rows as they would be read from symmetric codes. */
export function prepareEmbeddingBagFakeQuant(
  spec: FakeQuantBagSpec,
  native: NativeKernels,
): OpFn<"embeddingBagFakeQuant"> {
  const explain = prepareReference("embeddingBagFakeQuant", spec);
  const { bits, cols, stride, offset } = spec;
  const { spanCols, scaleStep } = spanLayout(spec);
  const mean = spec.pooling === "mean";
  return function embeddingBagFakeQuant(table, rows, scale, bags, dst, begin, end) {
    const { indices, offsets, weights } = bags;
    const done = native.embeddingBagFakeQuant(
      table,
      rows,
      scale,
      indices,
      offsets,
      weights,
      dst,
      cols,
      stride,
      offset,
      mean,
      bits,
      cols,
      spanCols,
      scaleStep,
      SYMMETRIC,
      begin,
      end,
    );
    if (done) return;
    explain(table, rows, scale, bags, dst, begin, end);
    failArrays("embeddingBagFakeQuant");
  };
}

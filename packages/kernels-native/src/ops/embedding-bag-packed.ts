import { spanLayout, type OpFn, type PackedBagSpec } from "@dqrm/core";
import { checkPacked } from "@dqrm/core/checks";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { schemeNumber } from "./served-scheme.ts";

/** Prepares the pooling of packed rows. */
export function prepareEmbeddingBagPacked(
  spec: PackedBagSpec,
  native: NativeKernels,
): OpFn<"embeddingBagPacked"> {
  const explain = prepareReference("embeddingBagPacked", spec);
  const { format, stride, offset } = spec;
  const { bits, cols } = format;
  const { spanCols, scaleStep } = spanLayout(format);
  const scheme = schemeNumber(format);
  const mean = spec.pooling === "mean";
  return function embeddingBagPacked(table, bags, dst, begin, end) {
    checkPacked("embeddingBagPacked", format, table);
    const { indices, offsets, weights } = bags;
    const done = native.embeddingBagPacked(
      table.codes,
      table.scale,
      table.bias,
      table.rows,
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
      scheme,
      begin,
      end,
    );
    if (done) return;
    explain(table, bags, dst, begin, end);
    failArrays("embeddingBagPacked");
  };
}

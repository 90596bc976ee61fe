import { bagCount, reserveRowGradient, type BagSpec, type OpFn } from "@dqrm/core";
import { checkRoom } from "./check-room.ts";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the coalesced gradient of the rows that bags read. */
export function prepareEmbeddingBagBackward(
  spec: BagSpec,
  native: NativeKernels,
): OpFn<"embeddingBagBackward"> {
  const explain = prepareReference("embeddingBagBackward", spec);
  const { cols, stride, offset } = spec;
  const mean = spec.pooling === "mean";
  return function embeddingBagBackward(gradient, rows, bags, out) {
    const { indices, offsets, weights } = bags;
    const end = bagCount(bags);
    const terms = Math.min(offsets[end], indices.length, rows);
    let count = -1;
    if (out.cols === cols && terms >= 0) {
      reserveRowGradient(out, terms);
      count = native.embeddingBagBackward(
        gradient,
        rows,
        indices,
        offsets,
        weights,
        out.rows,
        out.values,
        out.slots,
        cols,
        stride,
        offset,
        mean,
        0,
        end,
      );
    }
    if (count < 0) {
      checkRoom("embeddingBagBackward", out);
      explain(gradient, rows, bags, out);
      failArrays("embeddingBagBackward");
    }
    out.count = count;
  };
}

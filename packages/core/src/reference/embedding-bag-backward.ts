import { bagCount } from "../format/jagged.ts";
import type { BagSpec, OpFn } from "../kernel/ops.ts";
import { checkBags, checkLength, failIndex } from "./checks.ts";
import { rowPlace, startCoalescing } from "./coalesce.ts";
import { addRow, checkPlacement } from "./pool-rows.ts";

/** Prepares the coalesced gradient of the rows that bags read. */
export function prepareEmbeddingBagBackward(spec: BagSpec): OpFn<"embeddingBagBackward"> {
  const { cols, pooling, stride, offset } = spec;
  checkPlacement("embeddingBagBackward", spec, cols);

  return function embeddingBagBackward(gradient, rows, bags, out) {
    const end = bagCount(bags);
    checkBags("embeddingBagBackward", bags, 0, end);
    checkLength("embeddingBagBackward", "gradient", gradient.length, end * stride);
    const { indices, offsets, weights } = bags;
    const mask = startCoalescing("embeddingBagBackward", out, cols, Math.min(offsets[end], rows));
    for (let bag = 0; bag < end; bag++) {
      const first = offsets[bag];
      const last = offsets[bag + 1];
      const divisor = pooling === "mean" ? last - first : 1;
      for (let position = first; position < last; position++) {
        const row = indices[position];
        if (row < 0 || row >= rows) failIndex("embeddingBagBackward", position, row, rows);
        const weight = weights === undefined ? 1 : weights[position];
        const place = rowPlace(out, row, mask);
        const factor = Math.fround(weight / divisor);
        addRow(gradient, bag * stride + offset, factor, out.values, place * cols, cols);
      }
    }
  };
}

import type { BagSpec, OpFn } from "../kernel/ops.ts";
import { checkBags, checkLength, failIndex } from "./checks.ts";
import { addRow, checkPlacement, finishBag } from "./pool-rows.ts";

/** Prepares the pooling of float rows. */
export function prepareEmbeddingBag(spec: BagSpec): OpFn<"embeddingBag"> {
  const { cols, pooling, stride, offset } = spec;
  checkPlacement("embeddingBag", spec, cols);

  return function embeddingBag(table, rows, bags, dst, begin, end) {
    checkBags("embeddingBag", bags, begin, end);
    checkLength("embeddingBag", "table", table.length, rows * cols);
    checkLength("embeddingBag", "dst", dst.length, end * stride);
    const { indices, offsets, weights } = bags;
    for (let bag = begin; bag < end; bag++) {
      const to = bag * stride + offset;
      const first = offsets[bag];
      const last = offsets[bag + 1];
      dst.fill(0, to, to + cols);
      for (let position = first; position < last; position++) {
        const row = indices[position];
        if (row < 0 || row >= rows) failIndex("embeddingBag", position, row, rows);
        addRow(table, row * cols, weights === undefined ? 1 : weights[position], dst, to, cols);
      }
      finishBag(pooling, last - first, dst, to, cols);
    }
  };
}

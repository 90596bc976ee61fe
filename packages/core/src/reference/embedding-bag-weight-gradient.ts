import type { BagSpec, OpFn } from "../kernel/ops.ts";
import { checkBags, checkLength, failIndex } from "./checks.ts";
import { checkPlacement } from "./pool-rows.ts";

/** Prepares the gradient of the weights with which bags pool their rows. */
export function prepareEmbeddingBagWeightGradient(spec: BagSpec): OpFn<"embeddingBagWeightGradient"> {
  const { cols, pooling, stride, offset } = spec;
  const op = "embeddingBagWeightGradient";
  checkPlacement(op, spec, cols);

  return function embeddingBagWeightGradient(gradient, table, rows, bags, dst, begin, end) {
    checkBags(op, bags, begin, end);
    checkLength(op, "gradient", gradient.length, end * stride);
    checkLength(op, "table", table.length, rows * cols);
    const { indices, offsets } = bags;
    checkLength(op, "dst", dst.length, offsets[end]);
    for (let bag = begin; bag < end; bag++) {
      const at = bag * stride + offset;
      const first = offsets[bag];
      const last = offsets[bag + 1];
      const divisor = pooling === "mean" ? last - first : 1;
      for (let position = first; position < last; position++) {
        const row = indices[position];
        if (row < 0 || row >= rows) failIndex(op, position, row, rows);
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += gradient[at + c] * table[row * cols + c];
        dst[position] = sum / divisor;
      }
    }
  };
}

import { checkRowFormat } from "../format/row-format.ts";
import type { OpFn, PackedBagSpec } from "../kernel/ops.ts";
import { checkPacked } from "./check-packed.ts";
import { checkBags, checkLength, failIndex } from "./checks.ts";
import { prepareRowReader } from "./dequantize-row.ts";
import { addRow, checkPlacement, finishBag } from "./pool-rows.ts";

/** Prepares the pooling of packed rows. */
export function prepareEmbeddingBagPacked(spec: PackedBagSpec): OpFn<"embeddingBagPacked"> {
  const { format, pooling, stride, offset } = spec;
  const { cols } = format;
  checkRowFormat("embeddingBagPacked", format);
  checkPlacement("embeddingBagPacked", spec, cols);
  const readRow = prepareRowReader(format);
  const weightsOfRow = new Float32Array(cols);

  return function embeddingBagPacked(table, bags, dst, begin, end) {
    checkBags("embeddingBagPacked", bags, begin, end);
    checkPacked("embeddingBagPacked", format, table);
    checkLength("embeddingBagPacked", "dst", dst.length, end * stride);
    const { indices, offsets, weights } = bags;
    for (let bag = begin; bag < end; bag++) {
      const to = bag * stride + offset;
      const first = offsets[bag];
      const last = offsets[bag + 1];
      dst.fill(0, to, to + cols);
      for (let position = first; position < last; position++) {
        const row = indices[position];
        if (row < 0 || row >= table.rows) failIndex("embeddingBagPacked", position, row, table.rows);
        readRow(table, row, weightsOfRow, 0);
        addRow(weightsOfRow, 0, weights === undefined ? 1 : weights[position], dst, to, cols);
      }
      finishBag(pooling, last - first, dst, to, cols);
    }
  };
}

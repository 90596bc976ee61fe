import { checkRowFormat, type RowFormat } from "../format/row-format.ts";
import { symmetricScale } from "../format/symmetric-scale.ts";
import type { FakeQuantBagSpec, OpFn } from "../kernel/ops.ts";
import { checkBags, checkFinite, checkLength, failIndex } from "./checks.ts";
import { fakeQuantizeSpan } from "./fake-quantize-span.ts";
import { peakOf } from "./peak.ts";
import { addRow, checkPlacement, finishBag } from "./pool-rows.ts";
import { codeRange } from "./quantize-value.ts";
import { spanLayout } from "./span-layout.ts";

/** Prepares the pooling of float rows as they would be read from symmetric codes. */
export function prepareEmbeddingBagFakeQuant(spec: FakeQuantBagSpec): OpFn<"embeddingBagFakeQuant"> {
  const { bits, cols, granularity, pooling, stride, offset } = spec;
  const format: RowFormat = { bits, cols, scheme: "symmetric", granularity };
  checkRowFormat("embeddingBagFakeQuant", format);
  checkPlacement("embeddingBagFakeQuant", spec, cols);
  const range = codeRange(format);
  const { spans, spanCols, scaleStep } = spanLayout(format);
  const given = scaleStep === 0;
  const quantized = new Float32Array(cols);

  return function embeddingBagFakeQuant(table, rows, scale, bags, dst, begin, end) {
    checkBags("embeddingBagFakeQuant", bags, begin, end);
    checkLength("embeddingBagFakeQuant", "table", table.length, rows * cols);
    checkLength("embeddingBagFakeQuant", "dst", dst.length, end * stride);
    if (given) checkLength("embeddingBagFakeQuant", "scale", scale.length, 1);
    const { indices, offsets, weights } = bags;
    for (let bag = begin; bag < end; bag++) {
      const to = bag * stride + offset;
      const first = offsets[bag];
      const last = offsets[bag + 1];
      dst.fill(0, to, to + cols);
      for (let position = first; position < last; position++) {
        const row = indices[position];
        if (row < 0 || row >= rows) failIndex("embeddingBagFakeQuant", position, row, rows);
        for (let span = 0; span < spans; span++) {
          const col = span * spanCols;
          const from = row * cols + col;
          const count = Math.min(spanCols, cols - col);
          const s = given ? scale[0] : symmetricScale(finitePeak(table, from, from + count), bits);
          fakeQuantizeSpan(table, from, quantized, col, count, s, 0, range);
        }
        addRow(quantized, 0, weights === undefined ? 1 : weights[position], dst, to, cols);
      }
      finishBag(pooling, last - first, dst, to, cols);
    }
  };
}

function finitePeak(table: Float32Array, from: number, to: number): number {
  const peak = peakOf(table, from, to);
  if (peak - peak !== 0) checkFinite("weight", table, from, to);
  return peak;
}

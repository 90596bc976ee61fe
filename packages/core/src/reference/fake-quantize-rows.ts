import { checkRowFormat, type RowFormat } from "../format/row-format.ts";
import type { OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";
import { fakeQuantizeSpan } from "./fake-quantize-span.ts";
import { codeRange } from "./quantize-value.ts";
import { scalesNeeded, spanLayout } from "./span-layout.ts";

/** Prepares rows that are quantized and dequantized in one pass. */
export function prepareFakeQuantizeRows(format: RowFormat): OpFn<"fakeQuantizeRows"> {
  checkRowFormat("fakeQuantizeRows", format);
  const { cols, scheme } = format;
  const range = codeRange(format);
  const layout = spanLayout(format);
  const { spans, spanCols, scaleStep } = layout;
  const biased = scheme === "asymmetric";

  return function fakeQuantizeRows(src, scale, bias, dst, begin, end) {
    checkPart("fakeQuantizeRows", begin, end);
    if (begin === end) return;
    checkLength("fakeQuantizeRows", "src", src.length, end * cols);
    checkLength("fakeQuantizeRows", "dst", dst.length, end * cols);
    checkLength("fakeQuantizeRows", "scale", scale.length, scalesNeeded(layout, end));
    if (biased) checkLength("fakeQuantizeRows", "bias", bias.length, scalesNeeded(layout, end));
    for (let row = begin; row < end; row++) {
      for (let span = 0; span < spans; span++) {
        const col = span * spanCols;
        const at = row * cols + col;
        const s = row * scaleStep + span;
        const shift = biased ? bias[s] : 0;
        fakeQuantizeSpan(src, at, dst, at, Math.min(spanCols, cols - col), scale[s], shift, range);
      }
    }
  };
}

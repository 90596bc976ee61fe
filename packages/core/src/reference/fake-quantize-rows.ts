import { isDeadZone } from "../format/dead-zone.ts";
import { checkRowFormat, hasBias, type RowFormat } from "../format/row-format.ts";
import type { OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";
import { failWeight, fakeQuantizeSpan } from "./fake-quantize-span.ts";
import { checkLevels, createLevelCodes } from "./level-code.ts";
import { codeRange } from "./quantize-value.ts";
import { scalesNeeded, spanLayout } from "./span-layout.ts";

/** Replaces `count` weights from src[at] on, which share the scale number `slot`; dst may be src. */
type SpanReplacer = (
  src: Float32Array,
  at: number,
  dst: Float32Array,
  count: number,
  slot: number,
  scale: number,
  bias: number,
) => void;

/** Prepares rows that are quantized and dequantized in one pass. */
export function prepareFakeQuantizeRows(format: RowFormat): OpFn<"fakeQuantizeRows"> {
  checkRowFormat("fakeQuantizeRows", format);
  const { cols, scheme } = format;
  const layout = spanLayout(format);
  const { spans, spanCols, scaleStep } = layout;
  const biased = hasBias(scheme);
  const replaceSpan = isDeadZone(scheme) ? prepareLevels(format) : prepareMultiples(format);

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
        const slot = row * scaleStep + span;
        const count = Math.min(spanCols, cols - col);
        replaceSpan(src, row * cols + col, dst, count, slot, scale[slot], biased ? bias[slot] : 0);
      }
    }
  };
}

function prepareMultiples(format: RowFormat): SpanReplacer {
  const range = codeRange(format);
  return function replaceByMultiples(src, at, dst, count, _slot, scale, bias) {
    fakeQuantizeSpan(src, at, dst, at, count, scale, bias, range);
  };
}

function prepareLevels(format: RowFormat): SpanReplacer {
  const { levels, nearest, use } = createLevelCodes(format);
  return function replaceByLevels(src, at, dst, count, slot, scale, bias) {
    checkLevels("fakeQuantizeRows", scale, bias, slot);
    use(scale, bias);
    for (let i = at; i < at + count; i++) {
      const weight = src[i];
      if (weight !== weight) failWeight(i, weight);
      dst[i] = levels[nearest(weight)];
    }
  };
}

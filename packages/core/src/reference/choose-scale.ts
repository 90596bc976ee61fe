import { DqrmError } from "../errors.ts";
import { checkRowFormat, type RowFormat } from "../format/row-format.ts";
import { isDeadZone } from "../format/dead-zone.ts";
import { MIN_PEAK, symmetricScale } from "../format/symmetric-scale.ts";
import type { OpFn } from "../kernel/ops.ts";
import { checkFinite, checkLength, checkPart } from "./checks.ts";
import { peakOf } from "./peak.ts";
import { scalesNeeded, spanLayout } from "./span-layout.ts";

/** Prepares the choice of scales that cover rows exactly. */
export function prepareChooseScale(format: RowFormat): OpFn<"chooseScale"> {
  checkRowFormat("chooseScale", format);
  const { cols, scheme } = format;
  const layout = spanLayout(format);
  const { spans, spanCols, scaleStep } = layout;
  const biased = scheme === "asymmetric";

  return function chooseScale(src, scale, bias, begin, end) {
    checkPart("chooseScale", begin, end);
    checkLength("chooseScale", "src", src.length, end * cols);
    checkLength("chooseScale", "scale", scale.length, scalesNeeded(layout, end));
    if (biased) checkLength("chooseScale", "bias", bias.length, scalesNeeded(layout, end));
    if (scaleStep === 0) {
      chooseSpan(format, src, begin * cols, end * cols, scale, bias, 0);
      return;
    }
    for (let row = begin; row < end; row++) {
      for (let span = 0; span < spans; span++) {
        const from = row * cols + span * spanCols;
        const to = Math.min(from + spanCols, (row + 1) * cols);
        chooseSpan(format, src, from, to, scale, bias, row * scaleStep + span);
      }
    }
  };
}

function chooseSpan(
  format: RowFormat,
  src: Float32Array,
  from: number,
  to: number,
  scale: Float32Array,
  bias: Float32Array,
  slot: number,
): void {
  const peak = peakOf(src, from, to);
  if (peak - peak !== 0) checkFinite("weight", src, from, to);
  if (format.scheme !== "asymmetric") {
    // The top level of a dead zone is the peak itself, as the one level of a sign is.
    scale[slot] = symmetricScale(peak, isDeadZone(format.scheme) ? 1 : format.bits);
    return;
  }
  let low = to > from ? src[from] : 0;
  let high = low;
  for (let i = from; i < to; i++) {
    if (src[i] < low) low = src[i];
    if (src[i] > high) high = src[i];
  }
  const width = Math.fround(high - low);
  if (width === Infinity) {
    throw new DqrmError("NON_FINITE", { what: "width of the weights", position: from, actual: "Infinity" });
  }
  scale[slot] = Math.max(width, MIN_PEAK) / (2 ** format.bits - 1);
  bias[slot] = low;
}

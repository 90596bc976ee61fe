import {
  checkRowFormat,
  DqrmError,
  isDeadZone,
  spanLayout,
  symmetricScale,
  MIN_PEAK,
  type RowFormat,
} from "@dqrm/core";
import { checkFinite, checkLength, checkPart, scalesNeeded } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { peakOf } from "./absmax.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";

/** Serves the choice of scales that cover rows exactly. */
export function serveChooseScale(host: Host<TrainingExports>): Factory<"chooseScale"> {
  const { exports, stage } = host;
  return function prepareChooseScale(format) {
    checkRowFormat("chooseScale", format);
    const { cols, scheme } = format;
    const bits = bitsOfPeak(format);
    const layout = spanLayout(format);
    const { spanCols, scaleStep } = layout;
    const biased = scheme === "asymmetric";
    const step = rowsPerPart(4 * (cols + 2 * scaleStep));

    return function chooseScale(src, scale, bias, begin, end) {
      checkPart("chooseScale", begin, end);
      checkLength("chooseScale", "src", src.length, end * cols);
      checkLength("chooseScale", "scale", scale.length, scalesNeeded(layout, end));
      if (biased) checkLength("chooseScale", "bias", bias.length, scalesNeeded(layout, end));
      if (scaleStep === 0) {
        chooseOne(host, format, src, scale, bias, begin * cols, end * cols);
        return;
      }
      for (let row = begin; row < end; row += step) {
        const last = Math.min(row + step, end);
        const slot = row * scaleStep;
        const lastSlot = last * scaleStep;
        stage.open();
        const from = stage.read(src, row * cols, last * cols);
        const to = stage.room(scale, slot, lastSlot);
        const toBias = biased ? stage.room(bias, slot, lastSlot) : 0;
        const bad = exports.chooseScale(
          from + 4 * row * cols,
          to + 4 * slot,
          toBias + 4 * slot,
          last - row,
          cols,
          spanCols,
          bits,
          biased,
        );
        if (bad >= 0) failSpan(src, row * cols + bad, spanCols, cols);
        stage.give(scale, slot, lastSlot, to);
        if (biased) stage.give(bias, slot, lastSlot, toBias);
      }
    };
  };
}

/** Chooses the one scale of elements [begin, end). */
function chooseOne(
  host: Host<TrainingExports>,
  format: RowFormat,
  src: Float32Array,
  scale: Float32Array,
  bias: Float32Array,
  begin: number,
  end: number,
): void {
  const peak = peakOf(host, src, begin, end);
  if (peak - peak !== 0) checkFinite("weight", src, begin, end);
  if (format.scheme !== "asymmetric") {
    scale[0] = symmetricScale(peak, bitsOfPeak(format));
    return;
  }
  const { exports, stage } = host;
  const step = rowsPerPart(4);
  let low = end > begin ? src[begin] : 0;
  let high = low;
  for (let from = begin; from < end; from += step) {
    const to = Math.min(from + step, end);
    stage.open();
    const at = stage.read(src, from, to) + 4 * from;
    // Not Math.min: of equal zeros, the first one counts with its sign.
    const lowest = exports.lowest(at, to - from);
    if (lowest < low) low = lowest;
    high = Math.max(high, exports.highest(at, to - from));
  }
  const width = Math.fround(high - low);
  if (width === Infinity) failWidth(begin);
  scale[0] = Math.max(width, MIN_PEAK) / (2 ** format.bits - 1);
  bias[0] = low;
}

/** The top of a dead zone is the peak itself, as the one level of a sign is; its threshold is the caller's. */
function bitsOfPeak({ bits, scheme }: RowFormat): RowFormat["bits"] {
  return isDeadZone(scheme) ? 1 : bits;
}

function failSpan(src: Float32Array, begin: number, spanCols: number, cols: number): never {
  const end = Math.min(begin + spanCols, (Math.floor(begin / cols) + 1) * cols);
  checkFinite("weight", src, begin, end);
  return failWidth(begin);
}

function failWidth(position: number): never {
  throw new DqrmError("NON_FINITE", { what: "width of the weights", position, actual: "Infinity" });
}

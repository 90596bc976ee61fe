import { checkRowFormat, hasBias, spanLayout } from "@dqrm/core";
import { checkLength, checkPart, failWeight, scalesNeeded } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";
import { lendScales } from "./lend-scales.ts";
import { checkZones, schemeNumber, takeLevels } from "./served-scheme.ts";

/** Serves rows that are quantized and dequantized in one pass. */
export function serveFakeQuantizeRows({
  exports,
  stage,
}: Host<TrainingExports>): Factory<"fakeQuantizeRows"> {
  return function prepareFakeQuantizeRows(format) {
    checkRowFormat("fakeQuantizeRows", format);
    const { bits, cols, scheme } = format;
    const layout = spanLayout(format);
    const { spanCols, scaleStep } = layout;
    const biased = hasBias(scheme);
    const code = schemeNumber(format);
    const step = rowsPerPart(4 * (2 * cols + 2 * scaleStep));

    return function fakeQuantizeRows(src, scale, bias, dst, begin, end) {
      checkPart("fakeQuantizeRows", begin, end);
      if (begin === end) return;
      checkLength("fakeQuantizeRows", "src", src.length, end * cols);
      checkLength("fakeQuantizeRows", "dst", dst.length, end * cols);
      checkLength("fakeQuantizeRows", "scale", scale.length, scalesNeeded(layout, end));
      if (biased) checkLength("fakeQuantizeRows", "bias", bias.length, scalesNeeded(layout, end));
      checkZones("fakeQuantizeRows", format, { scale, bias }, { step: scaleStep, begin, end });
      for (let row = begin; row < end; row += step) {
        const last = Math.min(row + step, end);
        stage.open();
        const from = stage.read(src, row * cols, last * cols);
        const to = stage.room(dst, row * cols, last * cols);
        const bad = exports.fakeQuantizeRows(
          from + 4 * row * cols,
          lendScales(stage, scale, scaleStep, row, last),
          biased ? lendScales(stage, bias, scaleStep, row, last) : 0,
          to + 4 * row * cols,
          last - row,
          cols,
          spanCols,
          scaleStep,
          bits,
          code,
          takeLevels(stage, format),
        );
        if (bad >= 0) failWeight(row * cols + bad, src[row * cols + bad]);
        stage.give(dst, row * cols, last * cols, to);
      }
    };
  };
}

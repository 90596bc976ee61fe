import { checkRowFormat, hasBias, rowBytes, spanLayout } from "@dqrm/core";
import { checkLength, checkPacked, checkPart } from "@dqrm/core/checks";
import type { InferenceExports } from "../inference.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";
import { lendScales } from "./lend-scales.ts";
import { schemeNumber, takeLevels } from "./served-scheme.ts";

/** Serves the reading of packed rows. */
export function serveDequantizeRows({ exports, stage }: Host<InferenceExports>): Factory<"dequantizeRows"> {
  return function prepareDequantizeRows(format) {
    checkRowFormat("dequantizeRows", format);
    const { bits, cols, scheme } = format;
    const { spanCols, scaleStep } = spanLayout(format);
    const stride = rowBytes(format);
    const biased = hasBias(scheme);
    const code = schemeNumber(format);
    const step = rowsPerPart(stride + 4 * (cols + 2 * scaleStep));

    return function dequantizeRows(src, dst, begin, end) {
      checkPart("dequantizeRows", begin, end);
      checkPacked("dequantizeRows", format, src);
      checkLength("dequantizeRows", "rows", src.rows, end);
      checkLength("dequantizeRows", "dst", dst.length, end * cols);
      for (let row = begin; row < end; row += step) {
        const last = Math.min(row + step, end);
        stage.open();
        const from = stage.read(src.codes, row * stride, last * stride);
        const scale = lendScales(stage, src.scale, scaleStep, row, last);
        const bias = biased ? lendScales(stage, src.bias, scaleStep, row, last) : 0;
        const to = stage.room(dst, row * cols, last * cols);
        exports.dequantizeRows(
          from + row * stride,
          scale,
          bias,
          to + 4 * row * cols,
          stage.take(2 * cols),
          last - row,
          cols,
          spanCols,
          scaleStep,
          bits,
          code,
          takeLevels(stage, format),
        );
        stage.give(dst, row * cols, last * cols, to);
      }
    };
  };
}

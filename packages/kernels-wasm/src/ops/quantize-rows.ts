import { checkRowFormat, hasBias, rowBytes, spanLayout } from "@dqrm/core";
import { checkLength, checkPacked, checkPart, failWeight } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";
import { lendScales } from "./lend-scales.ts";
import { checkZones, schemeNumber, takeLevels } from "./served-scheme.ts";

/** Serves the quantization of rows with given scales. */
export function serveQuantizeRows({ exports, stage }: Host<TrainingExports>): Factory<"quantizeRows"> {
  return function prepareQuantizeRows({ format, rounding }) {
    checkRowFormat("quantizeRows", format);
    const { bits, cols, scheme } = format;
    const { spanCols, scaleStep } = spanLayout(format);
    const stride = rowBytes(format);
    const biased = hasBias(scheme);
    const code = schemeNumber(format);
    const step = rowsPerPart(stride + 4 * (cols + 2 * scaleStep));

    return function quantizeRows(src, dst, key, begin, end) {
      checkPart("quantizeRows", begin, end);
      checkPacked("quantizeRows", format, dst);
      checkLength("quantizeRows", "rows", dst.rows, end);
      checkLength("quantizeRows", "src", src.length, end * cols);
      checkZones("quantizeRows", format, dst, { step: scaleStep, begin, end });
      for (let row = begin; row < end; row += step) {
        const last = Math.min(row + step, end);
        const first = row * cols;
        stage.open();
        const from = stage.read(src, first, last * cols) + 4 * first;
        const to = stage.room(dst.codes, row * stride, last * stride);
        const at = to + row * stride;
        const scale = lendScales(stage, dst.scale, scaleStep, row, last);
        const bias = biased ? lendScales(stage, dst.bias, scaleStep, row, last) : 0;
        const codes = stage.take(2 * cols);
        const levels = takeLevels(stage, format);
        const count = last - row;
        const bad =
          rounding === "nearest"
            ? exports.quantizeRows(
                from,
                at,
                scale,
                bias,
                codes,
                count,
                cols,
                spanCols,
                scaleStep,
                bits,
                code,
                levels,
              )
            : exports.quantizeRowsStochastic(
                from,
                at,
                scale,
                bias,
                codes,
                count,
                cols,
                spanCols,
                scaleStep,
                bits,
                code,
                levels,
                key.seed,
                key.stream,
                first,
                Math.floor(first / 2 ** 32),
              );
        if (bad >= 0) failWeight(first + bad, src[first + bad]);
        stage.give(dst.codes, row * stride, last * stride, to);
      }
    };
  };
}

import { spanLayout, type OpFn, type RowFormat } from "@dqrm/core";
import { checkPacked } from "@dqrm/core/checks";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { schemeNumber } from "./served-scheme.ts";

/** Prepares the reading of packed rows. */
export function prepareDequantizeRows(format: RowFormat, native: NativeKernels): OpFn<"dequantizeRows"> {
  const explain = prepareReference("dequantizeRows", format);
  const { bits, cols } = format;
  const { spanCols, scaleStep } = spanLayout(format);
  const scheme = schemeNumber(format);
  return function dequantizeRows(src, dst, begin, end) {
    checkPacked("dequantizeRows", format, src);
    const { codes, scale, bias, rows } = src;
    const done = native.dequantizeRows(
      codes,
      scale,
      bias,
      rows,
      dst,
      bits,
      cols,
      spanCols,
      scaleStep,
      scheme,
      begin,
      end,
    );
    if (done) return;
    explain(src, dst, begin, end);
    failArrays("dequantizeRows");
  };
}

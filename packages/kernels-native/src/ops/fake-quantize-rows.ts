import { spanLayout, type OpFn, type RowFormat } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { schemeNumber } from "./served-scheme.ts";

/** Prepares rows that are quantized and dequantized in one pass. */
export function prepareFakeQuantizeRows(format: RowFormat, native: NativeKernels): OpFn<"fakeQuantizeRows"> {
  const explain = prepareReference("fakeQuantizeRows", format);
  const { bits, cols } = format;
  const { spanCols, scaleStep } = spanLayout(format);
  const scheme = schemeNumber(format);
  return function fakeQuantizeRows(src, scale, bias, dst, begin, end) {
    if (native.fakeQuantizeRows(src, scale, bias, dst, bits, cols, spanCols, scaleStep, scheme, begin, end))
      return;
    explain(src, scale, bias, dst, begin, end);
    failArrays("fakeQuantizeRows");
  };
}

import { spanLayout, type OpFn, type RowFormat } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares rows that are quantized and dequantized in one pass. */
export function prepareFakeQuantizeRows(format: RowFormat, native: NativeKernels): OpFn<"fakeQuantizeRows"> {
  const explain = prepareReference("fakeQuantizeRows", format);
  const { bits, cols } = format;
  const { spanCols, scaleStep } = spanLayout(format);
  const biased = format.scheme === "asymmetric";
  return function fakeQuantizeRows(src, scale, bias, dst, begin, end) {
    if (native.fakeQuantizeRows(src, scale, bias, dst, bits, cols, spanCols, scaleStep, biased, begin, end))
      return;
    explain(src, scale, bias, dst, begin, end);
    failArrays("fakeQuantizeRows");
  };
}

import { spanLayout, type OpFn, type RowFormat } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the choice of scales that cover rows exactly. */
export function prepareChooseScale(format: RowFormat, native: NativeKernels): OpFn<"chooseScale"> {
  const explain = prepareReference("chooseScale", format);
  const { bits, cols } = format;
  const { spanCols, scaleStep } = spanLayout(format);
  const biased = format.scheme === "asymmetric";
  return function chooseScale(src, scale, bias, begin, end) {
    if (native.chooseScale(src, scale, bias, bits, cols, spanCols, scaleStep, biased, begin, end)) return;
    explain(src, scale, bias, begin, end);
    failArrays("chooseScale");
  };
}

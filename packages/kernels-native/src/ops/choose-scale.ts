import { isDeadZone, spanLayout, type OpFn, type RowFormat } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { schemeNumber } from "./served-scheme.ts";

const SIGN = { bits: 1, scheme: schemeNumber({ scheme: "symmetric" }) } as const;

/** Prepares the choice of scales that cover rows exactly. */
export function prepareChooseScale(format: RowFormat, native: NativeKernels): OpFn<"chooseScale"> {
  const explain = prepareReference("chooseScale", format);
  const { cols } = format;
  // The top of a dead zone is the peak, as the one level of a sign is; its threshold is the caller's.
  const { bits, scheme } = isDeadZone(format.scheme)
    ? SIGN
    : { bits: format.bits, scheme: schemeNumber(format) };
  const { spanCols, scaleStep } = spanLayout(format);
  return function chooseScale(src, scale, bias, begin, end) {
    if (native.chooseScale(src, scale, bias, bits, cols, spanCols, scaleStep, scheme, begin, end)) return;
    explain(src, scale, bias, begin, end);
    failArrays("chooseScale");
  };
}

import { spanLayout, type OpFn, type QuantizeSpec } from "@dqrm/core";
import { checkPacked } from "@dqrm/core/checks";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { schemeNumber } from "./served-scheme.ts";

/** Prepares the quantization of rows with given scales. */
export function prepareQuantizeRows(spec: QuantizeSpec, native: NativeKernels): OpFn<"quantizeRows"> {
  const explain = prepareReference("quantizeRows", spec);
  const { format } = spec;
  const { bits, cols } = format;
  const { spanCols, scaleStep } = spanLayout(format);
  const scheme = schemeNumber(format);
  const stochastic = spec.rounding === "stochastic";
  return function quantizeRows(src, dst, key, begin, end) {
    checkPacked("quantizeRows", format, dst);
    const { codes, scale, bias, rows } = dst;
    const done = native.quantizeRows(
      src,
      codes,
      scale,
      bias,
      rows,
      key.seed | 0,
      key.stream | 0,
      stochastic,
      bits,
      cols,
      spanCols,
      scaleStep,
      scheme,
      begin,
      end,
    );
    if (done) return;
    explain(src, dst, key, begin, end);
    failArrays("quantizeRows");
  };
}

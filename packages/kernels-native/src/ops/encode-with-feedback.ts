import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { sentFormat } from "./sent-format.ts";

/** Prepares the coding of gradients with what was lost of earlier ones. */
export function prepareEncodeWithFeedback(
  spec: OpSpec<"encodeWithFeedback">,
  native: NativeKernels,
): OpFn<"encodeWithFeedback"> | undefined {
  const explain = prepareReference("encodeWithFeedback", spec);
  const format = sentFormat(spec);
  if (format === undefined) return undefined;
  const { coding, groups } = format;
  const random = spec.rounding === "stochastic";
  return function encodeWithFeedback(rows, gradient, residual, count, cols, key, out, at, left) {
    const { seed, stream } = key;
    const end = native.encodeWithFeedback(
      rows,
      gradient,
      residual,
      count,
      cols,
      seed | 0,
      stream | 0,
      out,
      at,
      left,
      coding,
      groups,
      random,
    );
    if (end >= 0) return end;
    explain(rows, gradient, residual, count, cols, key, out, at, left);
    return failArrays("encodeWithFeedback");
  };
}

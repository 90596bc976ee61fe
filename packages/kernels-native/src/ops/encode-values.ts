import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { sentFormat } from "./sent-format.ts";

/** Prepares the coding of values that are sent. */
export function prepareEncodeValues(
  spec: OpSpec<"encodeValues">,
  native: NativeKernels,
): OpFn<"encodeValues"> | undefined {
  const explain = prepareReference("encodeValues", spec);
  const format = sentFormat(spec);
  if (format === undefined) return undefined;
  const { coding, groups } = format;
  const random = spec.rounding === "stochastic";
  return function encodeValues(rows, values, count, cols, key, out, at) {
    const { seed, stream } = key;
    const end = native.encodeValues(
      rows,
      values,
      count,
      cols,
      seed | 0,
      stream | 0,
      out,
      at,
      coding,
      groups,
      random,
    );
    if (end >= 0) return end;
    explain(rows, values, count, cols, key, out, at);
    return failArrays("encodeValues");
  };
}

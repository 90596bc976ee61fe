import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { sentFormat } from "./sent-format.ts";

/** Prepares the reading of values that were sent. */
export function prepareDecodeValues(
  spec: OpSpec<"decodeValues">,
  native: NativeKernels,
): OpFn<"decodeValues"> | undefined {
  const explain = prepareReference("decodeValues", spec);
  const format = sentFormat(spec);
  if (format === undefined) return undefined;
  const { coding, groups } = format;
  return function decodeValues(scales, scalesAt, codes, codesAt, count, cols, values) {
    const verdict = native.decodeValues(
      scales,
      scalesAt,
      codes,
      codesAt,
      count,
      cols,
      values,
      coding,
      groups,
    );
    if (verdict > 0) return -1;
    // Which group is none only the reference says.
    const wrong = explain(scales, scalesAt, codes, codesAt, count, cols, values);
    return verdict === 0 ? wrong : failArrays("decodeValues");
  };
}

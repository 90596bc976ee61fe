import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the reading of bytes that were coded by their frequency. */
export function prepareDecodeBytes(spec: OpSpec<"decodeBytes">, native: NativeKernels): OpFn<"decodeBytes"> {
  const explain = prepareReference("decodeBytes", spec);
  return function decodeBytes(src, begin, end, dst, count) {
    const verdict = native.decodeBytes(src, begin, end, dst, count);
    if (verdict >= 0) return verdict === 1;
    explain(src, begin, end, dst, count);
    return failArrays("decodeBytes");
  };
}

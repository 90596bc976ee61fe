import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the coding of bytes by their frequency. */
export function prepareEncodeBytes(spec: OpSpec<"encodeBytes">, native: NativeKernels): OpFn<"encodeBytes"> {
  const explain = prepareReference("encodeBytes", spec);
  return function encodeBytes(src, begin, end, out, at) {
    const written = native.encodeBytes(src, begin, end, out, at);
    if (written >= 0) return written;
    explain(src, begin, end, out, at);
    return failArrays("encodeBytes");
  };
}

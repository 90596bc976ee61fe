import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the CRC-32 of bytes. */
export function prepareChecksum(spec: OpSpec<"checksum">, native: NativeKernels): OpFn<"checksum"> {
  const explain = prepareReference("checksum", spec);
  return function checksum(bytes, begin, end, previous) {
    const sum = native.checksum(bytes, begin, end, previous | 0);
    if (sum >= 0) return sum;
    explain(bytes, begin, end, previous);
    return failArrays("checksum");
  };
}

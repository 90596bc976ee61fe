import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the unpacking of codes. */
export function prepareUnpackCodes(spec: OpSpec<"unpackCodes">, native: NativeKernels): OpFn<"unpackCodes"> {
  const explain = prepareReference("unpackCodes", spec);
  const { bits, cols } = spec;
  return function unpackCodes(src, codes, begin, end) {
    if (native.unpackCodes(src, codes, bits, cols, begin, end)) return;
    explain(src, codes, begin, end);
    failArrays("unpackCodes");
  };
}

import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the packing of codes. */
export function preparePackCodes(spec: OpSpec<"packCodes">, native: NativeKernels): OpFn<"packCodes"> {
  const explain = prepareReference("packCodes", spec);
  const { bits, cols } = spec;
  return function packCodes(codes, dst, begin, end) {
    if (native.packCodes(codes, dst, bits, cols, begin, end)) return;
    explain(codes, dst, begin, end);
    failArrays("packCodes");
  };
}

import type { OpFn, OpSpec } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";
import { peakOf } from "./peak.ts";

/** Prepares the absmax of a part of an array. */
export function prepareAbsmax(_spec: OpSpec<"absmax">): OpFn<"absmax"> {
  return function absmax(src, begin, end) {
    checkPart("absmax", begin, end);
    checkLength("absmax", "src", src.length, end);
    return peakOf(src, begin, end);
  };
}

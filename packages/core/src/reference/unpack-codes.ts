import { checkRowFormat, rowBytes } from "../format/row-format.ts";
import type { OpFn, OpSpec } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";
import { unpackRow } from "./pack-row.ts";

/** Prepares the unpacking of codes. */
export function prepareUnpackCodes({ bits, cols }: OpSpec<"unpackCodes">): OpFn<"unpackCodes"> {
  checkRowFormat("unpackCodes", { bits, cols, scheme: "symmetric", granularity: { kind: "table" } });
  const stride = rowBytes({ bits, cols });
  return function unpackCodes(src, codes, begin, end) {
    checkPart("unpackCodes", begin, end);
    checkLength("unpackCodes", "src", src.length, end * stride);
    checkLength("unpackCodes", "codes", codes.length, end * cols);
    for (let row = begin; row < end; row++) unpackRow(src, row * stride, cols, bits, codes, row * cols);
  };
}

import { checkRowFormat, rowBytes } from "../format/row-format.ts";
import type { OpFn, OpSpec } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";
import { packRow } from "./pack-row.ts";

/** Prepares the packing of codes. */
export function preparePackCodes({ bits, cols }: OpSpec<"packCodes">): OpFn<"packCodes"> {
  checkRowFormat("packCodes", { bits, cols, scheme: "symmetric", granularity: { kind: "table" } });
  const stride = rowBytes({ bits, cols });
  return function packCodes(codes, dst, begin, end) {
    checkPart("packCodes", begin, end);
    checkLength("packCodes", "codes", codes.length, end * cols);
    checkLength("packCodes", "dst", dst.length, end * stride);
    for (let row = begin; row < end; row++) packRow(codes, row * cols, cols, bits, dst, row * stride);
  };
}

import { checkRowFormat, type RowFormat } from "../format/row-format.ts";
import type { OpFn } from "../kernel/ops.ts";
import { checkPacked } from "./check-packed.ts";
import { checkLength, checkPart } from "./checks.ts";
import { prepareRowReader } from "./dequantize-row.ts";

/** Prepares the reading of packed rows. */
export function prepareDequantizeRows(format: RowFormat): OpFn<"dequantizeRows"> {
  checkRowFormat("dequantizeRows", format);
  const { cols } = format;
  const readRow = prepareRowReader(format);
  return function dequantizeRows(src, dst, begin, end) {
    checkPart("dequantizeRows", begin, end);
    checkPacked("dequantizeRows", format, src);
    checkLength("dequantizeRows", "rows", src.rows, end);
    checkLength("dequantizeRows", "dst", dst.length, end * cols);
    for (let row = begin; row < end; row++) readRow(src, row, dst, row * cols);
  };
}

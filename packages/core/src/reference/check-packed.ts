import { DqrmError } from "../errors.ts";
import { hasBias, rowBytes, scaleCount, type PackedRows, type RowFormat } from "../format/row-format.ts";
import { checkLength } from "./checks.ts";

/**
 * Checks that packed rows have the format that a kernel was prepared for, and arrays as long as it says.
 *
 * @throws VALUE when the format differs; SHAPE when an array is too short for the rows
 */
export function checkPacked(op: string, format: RowFormat, packed: PackedRows): void {
  const { rows, codes, scale, bias } = packed;
  if (!sameFormat(format, packed.format)) {
    throw new DqrmError("VALUE", {
      op,
      what: "format",
      expected: JSON.stringify(format),
      actual: JSON.stringify(packed.format),
    });
  }
  const scales = scaleCount(format, rows);
  checkLength(op, "codes", codes.length, rows * rowBytes(format));
  checkLength(op, "scale", scale.length, scales);
  if (hasBias(format.scheme)) checkLength(op, "bias", bias.length, scales);
}

function sameFormat(a: RowFormat, b: RowFormat): boolean {
  if (a === b) return true;
  if (a.bits !== b.bits || a.cols !== b.cols || a.scheme !== b.scheme) return false;
  if (a.granularity.kind === "group") {
    return b.granularity.kind === "group" && a.granularity.groupCols === b.granularity.groupCols;
  }
  return a.granularity.kind === b.granularity.kind;
}

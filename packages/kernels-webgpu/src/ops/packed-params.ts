import { hasBias, rowBytes, spanLayout, type RowFormat } from "@dqrm/core";
import type { Param } from "../device/params.ts";

/** Gives the fields of a packed format, as packed-row.wgsl names them. */
export function packedParams(format: RowFormat): readonly Param[] {
  const { bits, scheme } = format;
  const { scaleStep, spanCols } = spanLayout(format);
  const symmetric = scheme === "symmetric";
  const offset = symmetric ? 2 ** (bits - 1) : 0;
  return [bits, rowBytes(format), spanCols, scaleStep, offset, symmetric && bits === 1, hasBias(scheme)];
}

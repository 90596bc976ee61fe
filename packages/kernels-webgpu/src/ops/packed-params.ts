import { DqrmError, hasBias, rowBytes, spanLayout, type RowFormat } from "@dqrm/core";
import type { Param } from "../device/params.ts";

/** Gives the fields of a packed format, as packed-row.wgsl names them. */
export function packedParams(format: RowFormat): readonly Param[] {
  const { bits, scheme } = format;
  const { scaleStep, spanCols } = spanLayout(format);
  const symmetric = scheme === "symmetric";
  const offset = symmetric ? 2 ** (bits - 1) : 0;
  return [bits, rowBytes(format), spanCols, scaleStep, offset, symmetric && bits === 1, hasBias(scheme)];
}

/** Beyond this many bytes, packed-row.wgsl could not count the bits of codes in 32 bits. */
const MAX_CODE_BYTES: number = 2 ** 29;

/**
 * Checks that the shaders can count the bits of codes.
 *
 * @throws LIMIT before anything is sent
 */
export function checkCodeBytes(op: string, bytes: number): void {
  if (bytes <= MAX_CODE_BYTES) return;
  const facts = { limit: "MAX_CODE_BYTES", maximum: MAX_CODE_BYTES, actual: bytes };
  throw new DqrmError("LIMIT", { what: `${op} bytes of touched rows`, ...facts });
}

import { valueLayout } from "@dqrm/core";
import { createCodeRoom } from "./code-room.ts";
import type { ValueBody, ValueBodyOptions } from "./value-body.ts";

/** Prepares the writing of values: scales, then codes, by frequency where that is asked for and shorter. */
export function prepareValueWriter({
  entropy,
  groups: scale,
  kernels,
  rounding,
  values: coding,
}: ValueBodyOptions): ValueBody["encode"] {
  const format = { values: coding, scale };
  const encodeValues = kernels.prepare("encodeValues", { ...format, rounding });
  const encodeBytes = kernels.prepare("encodeBytes", {});
  const room = createCodeRoom();

  return function writeValues({ cols, count, rows, values }, out, at, key) {
    if (!entropy) return { end: encodeValues(rows, values, count, cols, key, out, at), coded: false };
    const { codeBytes, scaleBytes } = valueLayout(format, count, cols);
    const plain = room(scaleBytes + codeBytes);
    encodeValues(rows, values, count, cols, key, plain, 0);
    const codesAt = at + scaleBytes;
    const codedBytes = encodeBytes(plain, scaleBytes, scaleBytes + codeBytes, out, codesAt);
    out.set(plain.subarray(0, codedBytes > 0 ? scaleBytes : scaleBytes + codeBytes), at);
    return codedBytes > 0
      ? { end: codesAt + codedBytes, coded: true }
      : { end: codesAt + codeBytes, coded: false };
  };
}

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
  const encodeWithFeedback = kernels.prepare("encodeWithFeedback", { ...format, rounding });
  const decodeValues = kernels.prepare("decodeValues", format);
  const encodeBytes = kernels.prepare("encodeBytes", {});
  const room = createCodeRoom();

  return function writeValues({ cols, count, rows, values }, out, at, { feedback, key, sent }) {
    const { codeBytes, scaleBytes } = valueLayout(format, count, cols);
    const whole = scaleBytes + codeBytes;
    const plain = entropy ? room(whole) : out;
    const begin = entropy ? 0 : at;
    if (feedback === undefined) encodeValues(rows, values, count, cols, key, plain, begin);
    else {
      const { left, residual } = feedback;
      encodeWithFeedback(rows, values, residual, count, cols, key, plain, begin, left);
    }
    if (sent !== undefined) decodeValues(plain, begin, plain, begin + scaleBytes, count, cols, sent);
    if (!entropy) return { end: at + whole, coded: false };
    const codesAt = at + scaleBytes;
    const codedBytes = encodeBytes(plain, scaleBytes, whole, out, codesAt);
    out.set(plain.subarray(0, codedBytes > 0 ? scaleBytes : whole), at);
    return codedBytes > 0
      ? { end: codesAt + codedBytes, coded: true }
      : { end: codesAt + codeBytes, coded: false };
  };
}

import { MAX_EXPANSION, valueLayout } from "@dqrm/core";
import { createCodeRoom } from "./code-room.ts";
import type { ValueBody, ValueBodyOptions } from "./value-body.ts";

/** Prepares the reading of values. */
export function prepareValueReader({
  groups: scale,
  kernels,
  values: coding,
}: ValueBodyOptions): ValueBody["decode"] {
  const format = { values: coding, scale };
  const decodeValues = kernels.prepare("decodeValues", format);
  const decodeBytes = kernels.prepare("decodeBytes", {});
  const room = createCodeRoom();

  return function readValues({ begin, bytes, coded, cols, count, end }, reserve) {
    const total = count * cols;
    const { codeBytes, scaleBytes } = valueLayout(format, count, cols);
    const codesAt = begin + scaleBytes;
    if (codesAt > end) return "cut scales";
    if (coded ? codeBytes > (end - codesAt) * MAX_EXPANSION : codesAt + codeBytes !== end) {
      return `${end - codesAt} bytes for ${total} values`;
    }
    const codes = coded ? room(codeBytes) : bytes;
    if (coded && !decodeBytes(bytes, codesAt, end, codes, codeBytes)) return "no bytes coded by frequency";
    const wrong = decodeValues(bytes, begin, codes, coded ? 0 : codesAt, count, cols, reserve(total));
    if (wrong < 0) return undefined;
    return wrong < total
      ? `the scale or a code from value ${wrong} on is none`
      : "bits behind the last value";
  };
}

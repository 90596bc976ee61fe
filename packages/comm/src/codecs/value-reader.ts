import { decodeBytes, MAX_EXPANSION } from "../entropy/rans.ts";
import { readScale } from "../values/scale-stream.ts";
import type { ValueCoding } from "../values/value-coding.ts";
import { viewOf } from "../wire.ts";
import { createCodeRoom } from "./code-room.ts";
import type { LayScales, ScaleLayout, ValueBody, ValueSource } from "./value-body.ts";

/** Prepares the reading of values. */
export function prepareValueReader(coding: ValueCoding, layScales: LayScales): ValueBody["decode"] {
  const room = createCodeRoom();

  return function readValues(source, reserve) {
    const { begin, bytes, coded, cols, count, end } = source;
    const total = count * cols;
    const layout = layScales(count, cols);
    const codesAt = begin + layout.bytes;
    const expected = coding.codeBytes(total);
    if (codesAt > end) return "cut scales";
    if (coded ? expected > (end - codesAt) * MAX_EXPANSION : codesAt + expected !== end) {
      return `${end - codesAt} bytes for ${total} values`;
    }
    let codes = bytes.subarray(codesAt, end);
    if (coded) {
      codes = room(expected);
      const reason = decodeBytes({ bytes, begin: codesAt, end, count: expected }, codes);
      if (reason !== undefined) return reason;
    }
    if (!coding.padded(codes, total)) return "bits behind the last value";
    return readGroups(coding, source, layout, { codes, values: reserve(total), total });
  };
}

interface Groups {
  readonly codes: Uint8Array;
  readonly values: Float32Array;
  readonly total: number;
}

function readGroups(
  coding: ValueCoding,
  { begin, bytes }: ValueSource,
  { form, size, stride }: ScaleLayout,
  { codes, total, values }: Groups,
): string | undefined {
  const view = viewOf(bytes);
  for (let first = 0, scaleAt = begin; first < total; first += size, scaleAt += stride) {
    const scale = stride === 0 ? 1 : readScale(view, scaleAt, form);
    if (scale < 0) return `the scale of value ${first} is none`;
    const group = { values, begin: first, end: Math.min(total, first + size) };
    if (!coding.decode(codes, scale, group)) return `a code from value ${first} on is none`;
  }
  return undefined;
}

import { checkScaleGroups, valueLayout } from "../format/value-format.ts";
import { MAX_ROWS } from "../format/row-format.ts";
import { DqrmError } from "../errors.ts";
import type { EncodeValuesSpec, OpFn } from "../kernel/ops.ts";
import { checkFinite, checkLength, checkPart, checkSize, failIndex } from "./checks.ts";
import { VALUE_CODINGS } from "./values/codings.ts";
import { fillDraws } from "./values/draws.ts";
import { writeScale } from "./values/scale-stream.ts";

/** Only between whole numbers of levels can a value be rounded at random. */
const ROUNDED: readonly string[] = ["int16", "int8", "int4", "ternary"];

/**
 * Checks what fixes the coding of values.
 *
 * @throws VALUE when a block is no power of two from 16 to 65536, or values that have no levels are to be rounded at random
 */
export function checkEncodeValues(op: string, { rounding, scale, values }: EncodeValuesSpec): void {
  checkScaleGroups(op, scale);
  if (rounding === "nearest" || ROUNDED.includes(values)) return;
  const expected = `"nearest" for ${values}`;
  throw new DqrmError("VALUE", { op, what: "rounding", expected, actual: rounding });
}

/** Prepares the coding of values: scales, then codes. */
export function prepareEncodeValues(spec: EncodeValuesSpec): OpFn<"encodeValues"> {
  checkEncodeValues("encodeValues", spec);
  const coding = VALUE_CODINGS[spec.values];
  const random = spec.rounding === "stochastic";
  let draws = new Uint16Array(0);
  return function encodeValues(rows, values, count, cols, key, out, at) {
    const total = count * cols;
    checkPart("encodeValues", 0, count);
    checkPart("encodeValues", 0, at);
    checkSize("encodeValues", "cols", cols);
    checkLength("encodeValues", "values", values.length, total);
    if (random) checkLength("encodeValues", "rows", rows.length, count);
    const { codeBytes, groupValues, scaleBytes, scaleStride: stride } = valueLayout(spec, count, cols);
    const codesAt = at + scaleBytes;
    checkLength("encodeValues", "out", out.length, codesAt + codeBytes);
    checkFinite("values", values, 0, total);
    if (random) {
      for (let i = 0; i < count; i++) if (rows[i] < 0) failIndex("encodeValues", i, rows[i], MAX_ROWS);
      if (draws.length < total) draws = new Uint16Array(total);
      fillDraws(key, rows, { count, cols }, draws);
    }
    const codes = out.subarray(codesAt, codesAt + codeBytes).fill(0);
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    for (let begin = 0, scaleAt = at; begin < total; begin += groupValues, scaleAt += stride) {
      const end = Math.min(total, begin + groupValues);
      const form = { stride, peak: coding.peak };
      const scale = stride === 0 ? 1 : writeScale(view, scaleAt, coding.scaleOf(values, begin, end), form);
      // Where all values are zero any scale gives their codes.
      coding.encode({ values, begin, end }, scale === 0 ? 1 : scale, random ? draws : undefined, codes);
    }
    return codesAt + codeBytes;
  };
}

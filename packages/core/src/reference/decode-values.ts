import { checkScaleGroups, valueLayout, type ValueFormat } from "../format/value-format.ts";
import type { OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart, checkSize } from "./checks.ts";
import { VALUE_CODINGS } from "./values/codings.ts";
import { readScale } from "./values/scale-stream.ts";

/** Prepares the reading of values that `encodeValues` wrote. */
export function prepareDecodeValues(format: ValueFormat): OpFn<"decodeValues"> {
  checkScaleGroups("decodeValues", format.scale);
  const coding = VALUE_CODINGS[format.values];
  return function decodeValues(scales, scalesAt, codes, codesAt, count, cols, values) {
    const total = count * cols;
    checkPart("decodeValues", 0, count);
    checkPart("decodeValues", 0, scalesAt);
    checkPart("decodeValues", 0, codesAt);
    checkSize("decodeValues", "cols", cols);
    const { codeBytes, groupValues, scaleBytes, scaleStride: stride } = valueLayout(format, count, cols);
    checkLength("decodeValues", "scales", scales.length, scalesAt + scaleBytes);
    checkLength("decodeValues", "codes", codes.length, codesAt + codeBytes);
    checkLength("decodeValues", "values", values.length, total);
    const own = codes.subarray(codesAt, codesAt + codeBytes);
    if (!coding.padded(own, total)) return total;
    for (let begin = 0, scaleAt = scalesAt; begin < total; begin += groupValues, scaleAt += stride) {
      const scale = stride === 0 ? 1 : readScale(scales, scaleAt, { stride, peak: coding.peak });
      const end = Math.min(total, begin + groupValues);
      if (scale < 0 || !coding.decode(own, scale, { values, begin, end })) return begin;
    }
    return -1;
  };
}

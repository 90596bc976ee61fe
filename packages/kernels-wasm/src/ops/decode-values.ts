import { reference, VALUE_CODING_NUMBERS, valueLayout, type OpFn, type OpSpec } from "@dqrm/core";
import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import type { Host } from "./host.ts";
import { LEVELS_ROOM } from "./sent-coding.ts";

const OP = "decodeValues";

/** Codes that fill a byte: the bits behind the last have to be zero. */
const TAILS: Readonly<Record<number, (last: number, used: number) => boolean>> = {
  [VALUE_CODING_NUMBERS.int4]: (last) => last >> 4 === 0,
  [VALUE_CODING_NUMBERS.ternary]: (last, used) => last < 3 ** used,
  [VALUE_CODING_NUMBERS.sign]: (last, used) => last >> used === 0,
};

const PER_BYTE: Readonly<Record<number, number>> = {
  [VALUE_CODING_NUMBERS.int4]: 2,
  [VALUE_CODING_NUMBERS.ternary]: 5,
  [VALUE_CODING_NUMBERS.sign]: 8,
};

/** Serves the reading of values that were sent, but for float16. */
export function serveDecodeValues({
  exports,
  stage,
}: Host<TrainingExports>): (spec: OpSpec<"decodeValues">) => OpFn<"decodeValues"> | undefined {
  return function prepareDecodeValues(spec) {
    const explain = reference.ops.decodeValues?.(spec);
    if (explain === undefined || spec.values === "float16" || spec.values === "float32") return undefined;
    const coding = VALUE_CODING_NUMBERS[spec.values];
    const perByte = PER_BYTE[coding] ?? 1;
    return function decodeValues(scales, scalesAt, codes, codesAt, count, cols, values) {
      const total = count * cols;
      checkPart(OP, 0, count);
      checkPart(OP, 0, scalesAt);
      checkPart(OP, 0, codesAt);
      checkSize(OP, "cols", cols);
      const { codeBytes, groupValues, scaleBytes, scaleStride } = valueLayout(spec, count, cols);
      checkLength(OP, "scales", scales.length, scalesAt + scaleBytes);
      checkLength(OP, "codes", codes.length, codesAt + codeBytes);
      checkLength(OP, "values", values.length, total);
      const used = total % perByte;
      if (used > 0 && !TAILS[coding]?.(codes[codesAt + codeBytes - 1], used)) return total;
      stage.open();
      const room = stage.take(LEVELS_ROOM);
      const from = stage.read(codes, codesAt, codesAt + codeBytes) + codesAt;
      const at = stage.read(scales, scalesAt, scalesAt + scaleBytes) + scalesAt;
      const to = stage.room(values, 0, total);
      const whole =
        scaleStride === 0
          ? exports.decodeHalves(from, total, to)
          : exports.decodeLevels(at, from, total, groupValues, coding, scaleStride, to, room);
      // Which group is none only the reference says.
      if (!whole) return explain(scales, scalesAt, codes, codesAt, count, cols, values);
      stage.give(values, 0, total, to);
      return -1;
    };
  };
}

import { VALUE_CODING_NUMBERS, valueLayout, type EncodeValuesSpec, type RandomKey } from "@dqrm/core";
import type { TrainingExports } from "../training.generated.ts";
import type { Host } from "./host.ts";
import { SENT_ROOM } from "./sent-coding.ts";

/** Holds values that are sent; those of a gradient with a residual are corrected by it. */
export interface SentCall {
  readonly rows: Int32Array;
  readonly values: Float32Array;
  /** What was lost before, and room for what is now. */
  readonly feedback?: { readonly residual: Float32Array; readonly left: Float32Array };
  readonly count: number;
  readonly cols: number;
  readonly key: RandomKey;
  readonly out: Uint8Array;
  readonly at: number;
}

/** Prepares the writing of scales and codes; false when a value is not finite. */
export function prepareSentWriting(
  { exports, stage }: Host<TrainingExports>,
  spec: EncodeValuesSpec,
): (call: SentCall) => boolean {
  const coding = VALUE_CODING_NUMBERS[spec.values];
  const random = spec.rounding === "stochastic";
  return function writeSent({ at, cols, count, feedback, key, out, rows, values }) {
    const total = count * cols;
    const { codeBytes, groupValues, scaleBytes, scaleStride } = valueLayout(spec, count, cols);
    const end = at + scaleBytes + codeBytes;
    stage.open();
    const room = stage.take(SENT_ROOM);
    const src = stage.read(values, 0, total);
    const residual = feedback === undefined ? 0 : stage.read(feedback.residual, 0, total);
    const left = feedback === undefined ? 0 : stage.room(feedback.left, 0, total);
    const to = stage.room(out, at, end) + at;
    const codes = to + scaleBytes;
    const finite =
      scaleStride === 0
        ? exports.encodeNumbers(src, residual, left, total, spec.values === "bfloat16", codes, room)
        : exports.encodeLevels(
            random ? stage.read(rows, 0, count) : 0,
            src,
            residual,
            left,
            total,
            cols,
            groupValues,
            coding,
            scaleStride,
            to,
            codes,
            random,
            key.seed | 0,
            key.stream | 0,
            room,
          );
    if (!finite) return false;
    stage.give(out, at, end, to - at);
    if (feedback !== undefined) stage.give(feedback.left, 0, total, left);
    return true;
  };
}

import { valueLayout } from "../format/value-format.ts";
import type { EncodeValuesSpec, OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart, checkSize } from "./checks.ts";
import { prepareDecodeValues } from "./decode-values.ts";
import { checkEncodeValues, prepareEncodeValues } from "./encode-values.ts";

/** Prepares the coding of gradients with what was lost of earlier ones: correct, encode, decode, keep the difference. */
export function prepareEncodeWithFeedback(spec: EncodeValuesSpec): OpFn<"encodeWithFeedback"> {
  checkEncodeValues("encodeWithFeedback", spec);
  const encodeValues = prepareEncodeValues(spec);
  const decodeValues = prepareDecodeValues(spec);
  return function encodeWithFeedback(rows, gradient, residual, count, cols, key, out, at, left) {
    const total = count * cols;
    checkPart("encodeWithFeedback", 0, count);
    checkSize("encodeWithFeedback", "cols", cols);
    const arrays = { gradient, residual, left };
    for (const [what, { length }] of Object.entries(arrays)) {
      checkLength("encodeWithFeedback", what, length, total);
    }
    const corrected = new Float32Array(total);
    for (let i = 0; i < total; i++) corrected[i] = gradient[i] + residual[i];
    const end = encodeValues(rows, corrected, count, cols, key, out, at);
    const sent = new Float32Array(total);
    decodeValues(out, at, out, at + valueLayout(spec, count, cols).scaleBytes, count, cols, sent);
    for (let i = 0; i < total; i++) left[i] = corrected[i] - sent[i];
    return end;
  };
}

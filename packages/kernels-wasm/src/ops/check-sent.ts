import { MAX_ROWS, valueLayout, type EncodeValuesSpec } from "@dqrm/core";
import { checkLength, checkPart, checkSize, failIndex } from "@dqrm/core/checks";
import type { SentCall } from "./write-sent.ts";

/** Checks what the module indexes with, and gives the position behind what it will write. */
export function checkSent(
  op: "encodeValues" | "encodeWithFeedback",
  spec: EncodeValuesSpec,
  call: SentCall,
): number {
  const { at, cols, count, feedback, out, rows, values } = call;
  const total = count * cols;
  checkPart(op, 0, count);
  checkPart(op, 0, at);
  checkSize(op, "cols", cols);
  checkLength(op, feedback === undefined ? "values" : "gradient", values.length, total);
  if (feedback !== undefined) {
    checkLength(op, "residual", feedback.residual.length, total);
    checkLength(op, "left", feedback.left.length, total);
  }
  const { codeBytes, scaleBytes } = valueLayout(spec, count, cols);
  const end = at + scaleBytes + codeBytes;
  checkLength(op, "out", out.length, end);
  if (spec.rounding === "nearest") return end;
  checkLength(op, "rows", rows.length, count);
  for (let i = 0; i < count; i++) if (rows[i] < 0) failIndex(op, i, rows[i], MAX_ROWS);
  return end;
}

import { DqrmError, type RowGradient } from "@dqrm/core";
import type { ParameterShape } from "./compensation.ts";

/** Checks that a gradient is that of the whole parameter. @throws SHAPE; VALUE when its rows are not in order */
export function checkWholeGradient(op: string, gradient: RowGradient, { cols, rows }: ParameterShape): void {
  const lengths = [
    ["rows of the gradient", gradient.count, rows],
    ["columns of the gradient", gradient.cols, cols],
  ] as const;
  for (const [what, actual, expected] of lengths) {
    if (actual !== expected) throw new DqrmError("SHAPE", { op, what, expected, actual });
  }
  for (let i = 0; i < rows; i++) {
    if (gradient.rows[i] === i) continue;
    const expected = `${i}: every row, in order`;
    throw new DqrmError("VALUE", { op, what: `rows[${i}]`, expected, actual: String(gradient.rows[i]) });
  }
}

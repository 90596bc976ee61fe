import { DqrmError, type RowGradient } from "@dqrm/core";

/** Checks that every value of a gradient is a number. @throws NON_FINITE at the first that is not */
export function checkFinite({ cols, count, values }: RowGradient): void {
  for (let i = 0; i < count * cols; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new DqrmError("NON_FINITE", { what: "gradient", position: i, actual: String(values[i]) });
  }
}

import { DqrmError } from "../../errors.ts";
import { checkRowFormat } from "../../format/row-format.ts";
import type { StoredQuantization } from "../model-spec.ts";
import { storedRowFormat } from "./stored-format.ts";

/**
 * Checks how a table without float weights is quantized.
 *
 * @throws VALUE when a width is none of a stored table, or a rate or seed is no finite number in its range
 */
export function checkStored(
  { rounding, step, ...quantization }: StoredQuantization,
  cols: number,
  place: string,
): void {
  checkRowFormat(place, storedRowFormat(quantization, cols));
  const bits: number = quantization.bits;
  if (bits === 1) refuse(`${place} bits`, "2 or more: a sign has no zero", "1");
  if (rounding.kind === "stochastic" && !Number.isSafeInteger(rounding.seed)) {
    refuse(`${place} rounding.seed`, "an integer", String(rounding.seed));
  }
  if (step.kind === "learned" && !(Number.isFinite(step.learningRate) && step.learningRate >= 0)) {
    refuse(`${place} step.learningRate`, "a finite number >= 0", String(step.learningRate));
  }
}

function refuse(what: string, expected: string, actual: string): never {
  throw new DqrmError("VALUE", { op: "model spec", what, expected, actual });
}

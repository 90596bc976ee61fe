import { checkFinite } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Host } from "./host.ts";

const STEP = rowsPerPart(Float32Array.BYTES_PER_ELEMENT);

/**
 * Checks that elements [begin, end) of a gradient are finite.
 *
 * @throws NON_FINITE at the first that is NaN or infinite
 */
export function checkGradient(
  { exports, stage }: Host<TrainingExports>,
  gradient: Float32Array,
  begin: number,
  end: number,
): void {
  for (let from = begin; from < end; from += STEP) {
    const to = Math.min(from + STEP, end);
    stage.open();
    const bad = exports.findNonFinite(stage.read(gradient, from, to) + 4 * from, to - from);
    if (bad >= 0) checkFinite("gradient", gradient, from + bad, to);
  }
}

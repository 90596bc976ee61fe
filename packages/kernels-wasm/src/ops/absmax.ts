import { checkLength, checkPart } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";

const STEP = rowsPerPart(Float32Array.BYTES_PER_ELEMENT);

/** Serves the absmax of a part of an array. */
export function serveAbsmax(host: Host<TrainingExports>): Factory<"absmax"> {
  return function prepareAbsmax() {
    return function absmax(src, begin, end) {
      checkPart("absmax", begin, end);
      checkLength("absmax", "src", src.length, end);
      return peakOf(host, src, begin, end);
    };
  };
}

/** Finds the largest magnitude of elements [begin, end): 0 when empty, NaN when any element is NaN. */
export function peakOf(
  { exports, stage }: Host<TrainingExports>,
  src: Float32Array,
  begin: number,
  end: number,
): number {
  let peak = 0;
  for (let from = begin; from < end; from += STEP) {
    const to = Math.min(from + STEP, end);
    stage.open();
    peak = Math.max(peak, exports.peakOf(stage.read(src, from, to) + 4 * from, to - from));
  }
  return peak;
}

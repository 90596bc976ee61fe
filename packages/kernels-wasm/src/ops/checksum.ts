import { checkLength, checkPart } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";

const STEP = rowsPerPart(1);

/** Serves the CRC-32 of bytes. */
export function serveChecksum({ exports, stage }: Host<TrainingExports>): Factory<"checksum"> {
  return function prepareChecksum() {
    return function checksum(bytes, begin, end, previous) {
      checkPart("checksum", begin, end);
      checkLength("checksum", "bytes", bytes.length, end);
      let sum = previous | 0;
      for (let from = begin; from < end; from += STEP) {
        const to = Math.min(from + STEP, end);
        stage.open();
        sum = exports.checksum(stage.read(bytes, from, to) + from, to - from, sum);
      }
      return sum >>> 0;
    };
  };
}

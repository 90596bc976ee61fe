import { checkLength, checkPart } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import type { Factory, Host } from "./host.ts";

/** What each of 4,096 slots decodes to takes 4 bytes, and each of 32 states. */
const SLOT_BYTES: number = 4 * (4096 + 32);

/** Serves the reading of bytes that were coded by their frequency. */
export function serveDecodeBytes({ exports, stage }: Host<TrainingExports>): Factory<"decodeBytes"> {
  return function prepareDecodeBytes() {
    return function decodeBytes(src, begin, end, dst, count) {
      checkPart("decodeBytes", begin, end);
      checkPart("decodeBytes", 0, count);
      checkLength("decodeBytes", "src", src.length, end);
      checkLength("decodeBytes", "dst", dst.length, count);
      stage.open();
      const slots = stage.take(SLOT_BYTES);
      const from = stage.read(src, begin, end);
      const to = stage.room(dst, 0, count);
      if (!exports.decodeBytes(from + begin, from + end, to, count, slots)) return false;
      stage.give(dst, 0, count, to);
      return true;
    };
  };
}

import { maxEncodedBytes } from "@dqrm/core";
import { checkLength, checkPart } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import type { Factory, Host } from "./host.ts";

/** Counts and frequencies of 256 symbols, 4 bytes each, and the steps that they take, 16. */
const ROOM_BYTES: number = 256 * (4 + 4 + 16);

/** Serves the coding of bytes by their frequency. */
export function serveEncodeBytes({ exports, stage }: Host<TrainingExports>): Factory<"encodeBytes"> {
  return function prepareEncodeBytes() {
    return function encodeBytes(src, begin, end, out, at) {
      checkPart("encodeBytes", begin, end);
      checkPart("encodeBytes", 0, at);
      checkLength("encodeBytes", "src", src.length, end);
      const count = end - begin;
      const last = at + maxEncodedBytes(count);
      checkLength("encodeBytes", "out", out.length, last);
      if (count === 0) return 0;
      stage.open();
      const room = stage.take(ROOM_BYTES);
      const from = stage.read(src, begin, end);
      const to = stage.room(out, at, last);
      const written = exports.encodeBytes(from + begin, count, to + at, room);
      stage.give(out, at, at + written, to);
      return written;
    };
  };
}

import { createArena, type Arena } from "@dqrm/core";
import type { Addon } from "./addon.ts";

/**
 * Creates an arena as core's, whose segments ask for huge pages before they are touched for the first time.
 *
 * @throws VALUE when segmentBytes is not an integer >= 0
 * @cost where the system has no huge pages to give, the segments work all the same, at the price of more page walks
 */
export function createHugeArena(addon: Pick<Addon, "adviseHuge">, segmentBytes: number): Arena {
  const arena = createArena(segmentBytes);
  let advised: ArrayBufferLike | undefined;
  const advise = <View extends ArrayBufferView>(view: View): View => {
    if (view.buffer !== advised) {
      advised = view.buffer;
      addon.adviseHuge(new Uint8Array(view.buffer));
    }
    return view;
  };
  return {
    float32: (length) => advise(arena.float32(length)),
    int32: (length) => advise(arena.int32(length)),
    uint8: (length) => advise(arena.uint8(length)),
    get usedBytes() {
      return arena.usedBytes;
    },
  };
}

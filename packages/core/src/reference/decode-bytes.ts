import type { OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";
import { SYMBOLS, TOTAL, TOTAL_BITS } from "./entropy/frequencies.ts";
import { LOWEST, STATE_BYTES } from "./entropy/state.ts";
import { readTable } from "./entropy/table.ts";

/** Prepares the reading of bytes that were coded by their frequency. */
export function prepareDecodeBytes(): OpFn<"decodeBytes"> {
  const frequencies = new Uint16Array(SYMBOLS);
  const starts = new Uint16Array(SYMBOLS);
  const symbolAt = new Uint8Array(TOTAL);
  const table = { frequencies, starts, symbolAt };
  return function decodeBytes(src, begin, end, dst, count) {
    checkPart("decodeBytes", begin, end);
    checkPart("decodeBytes", 0, count);
    checkLength("decodeBytes", "src", src.length, end);
    checkLength("decodeBytes", "dst", dst.length, count);
    const stateAt = readTable(src, begin, end, table);
    if (stateAt < 0 || stateAt + STATE_BYTES > end) return false;
    let position = stateAt + STATE_BYTES;
    let state = 0;
    for (let i = STATE_BYTES - 1; i >= 0; i--) state = state * 256 + src[stateAt + i];
    if (state < LOWEST || state >= LOWEST * 256) return false;
    for (let i = 0; i < count; i++) {
      const slot = state & (TOTAL - 1);
      const symbol = symbolAt[slot];
      dst[i] = symbol;
      state = Math.imul(frequencies[symbol], state >>> TOTAL_BITS) + slot - starts[symbol];
      while (state < LOWEST) {
        if (position >= end) return false;
        state = (state << 8) | src[position++];
      }
    }
    return position === end && state === LOWEST;
  };
}

import type { OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";
import { SYMBOLS, TOTAL, TOTAL_BITS } from "./entropy/frequencies.ts";
import { createStates, LOWEST, STATE_BYTES, statesOf, WORD_BITS } from "./entropy/state.ts";
import { readTable } from "./entropy/table.ts";

/** Prepares the reading of bytes that were coded by their frequency. */
export function prepareDecodeBytes(): OpFn<"decodeBytes"> {
  const frequencies = new Uint16Array(SYMBOLS);
  const starts = new Uint16Array(SYMBOLS);
  const symbolAt = new Uint8Array(TOTAL);
  const table = { frequencies, starts, symbolAt };
  const states = createStates();
  return function decodeBytes(src, begin, end, dst, count) {
    checkPart("decodeBytes", begin, end);
    checkPart("decodeBytes", 0, count);
    checkLength("decodeBytes", "src", src.length, end);
    checkLength("decodeBytes", "dst", dst.length, count);
    const statesAt = readTable(src, begin, end, table);
    const used = statesOf(count);
    let position = statesAt + used * STATE_BYTES;
    if (statesAt < 0 || position > end) return false;
    for (let s = 0, from = statesAt; s < used; s++, from += STATE_BYTES) {
      states[s] = (src[from] | (src[from + 1] << 8) | (src[from + 2] << 16) | (src[from + 3] << 24)) >>> 0;
      if (states[s] < LOWEST) return false;
    }
    for (let i = 0; i < count; i++) {
      const turn = i & (used - 1);
      const slot = states[turn] & (TOTAL - 1);
      const symbol = symbolAt[slot];
      dst[i] = symbol;
      let state = frequencies[symbol] * (states[turn] >>> TOTAL_BITS) + slot - starts[symbol];
      if (state < LOWEST) {
        if (position + 2 > end) return false;
        state = ((state << WORD_BITS) | src[position] | (src[position + 1] << 8)) >>> 0;
        position += 2;
      }
      states[turn] = state;
    }
    return position === end && states.subarray(0, used).every((state) => state === LOWEST);
  };
}

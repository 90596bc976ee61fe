import { MAX_EXPANSION, maxEncodedBytes } from "../format/value-format.ts";
import type { OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";
import { countBytes, entropyBytes, normalize, SYMBOLS, TOTAL, TOTAL_BITS } from "./entropy/frequencies.ts";
import { LOWEST, STATE_BYTES } from "./entropy/state.ts";
import { writeTable } from "./entropy/table.ts";

/** Prepares the coding of bytes by their frequency. */
export function prepareEncodeBytes(): OpFn<"encodeBytes"> {
  const counts = new Uint32Array(SYMBOLS);
  const frequencies = new Uint16Array(SYMBOLS);
  const starts = new Uint16Array(SYMBOLS);
  const limits = new Int32Array(SYMBOLS);
  return function encodeBytes(src, begin, end, out, at) {
    checkPart("encodeBytes", begin, end);
    checkPart("encodeBytes", 0, at);
    checkLength("encodeBytes", "src", src.length, end);
    const count = end - begin;
    checkLength("encodeBytes", "out", out.length, at + maxEncodedBytes(count));
    if (count === 0) return 0;
    countBytes(src, begin, end, counts);
    normalize(counts, frequencies);
    const stateAt = writeTable(frequencies, out, at);
    const expected = stateAt - at + STATE_BYTES + entropyBytes(counts, frequencies);
    if (expected >= count || expected * MAX_EXPANSION < count) return 0;
    for (let s = 0, start = 0; s < SYMBOLS; start += frequencies[s++]) {
      starts[s] = start;
      // A symbol of the whole total never grows the state: its limit is one that no state reaches.
      limits[s] = Math.min(frequencies[s] * (LOWEST / TOTAL) * 256, 2 ** 31 - 1);
    }
    // States come out last first: they are written from the end of what the input took, then moved.
    const first = stateAt + STATE_BYTES;
    let position = first + count;
    let state = LOWEST;
    for (let i = end - 1; i >= begin; i--) {
      const symbol = src[i];
      const frequency = frequencies[symbol];
      const limit = limits[symbol];
      while (state >= limit) {
        if (position === first) return 0;
        out[--position] = state & 0xff;
        state >>>= 8;
      }
      // All of it stays below 2^31, where whole numbers of 32 bits are fastest.
      const whole = (state / frequency) | 0;
      state = (whole << TOTAL_BITS) + (state - Math.imul(whole, frequency)) + starts[symbol];
    }
    for (let i = 0; i < STATE_BYTES; i++) out[stateAt + i] = state >>> (8 * i);
    out.copyWithin(first, position, first + count);
    const written = first + (first + count - position) - at;
    return written < count && written * MAX_EXPANSION >= count ? written : 0;
  };
}

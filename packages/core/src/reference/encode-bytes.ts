import { MAX_EXPANSION, maxEncodedBytes } from "../format/value-format.ts";
import type { OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";
import { countBytes, entropyBytes, normalize, SYMBOLS, TOTAL, TOTAL_BITS } from "./entropy/frequencies.ts";
import { createStates, LOWEST, STATE_BYTES, statesOf, WORD_BITS } from "./entropy/state.ts";
import { writeTable } from "./entropy/table.ts";

/** Prepares the coding of bytes by their frequency. */
export function prepareEncodeBytes(): OpFn<"encodeBytes"> {
  const counts = new Uint32Array(SYMBOLS);
  const frequencies = new Uint16Array(SYMBOLS);
  const starts = new Uint16Array(SYMBOLS);
  const states = createStates();
  return function encodeBytes(src, begin, end, out, at) {
    checkPart("encodeBytes", begin, end);
    checkPart("encodeBytes", 0, at);
    checkLength("encodeBytes", "src", src.length, end);
    const count = end - begin;
    checkLength("encodeBytes", "out", out.length, at + maxEncodedBytes(count));
    if (count === 0) return 0;
    countBytes(src, begin, end, counts);
    normalize(counts, frequencies);
    const statesAt = writeTable(frequencies, out, at);
    const used = statesOf(count);
    const first = statesAt + used * STATE_BYTES;
    const expected = first - at + entropyBytes(counts, frequencies);
    if (expected >= count || expected * MAX_EXPANSION < count) return 0;
    for (let s = 0, start = 0; s < SYMBOLS; start += frequencies[s++]) starts[s] = start;
    states.fill(LOWEST);
    // Words come out last first: they are written from the end of what the input took, then moved.
    let position = first + count;
    for (let i = count - 1; i >= 0; i--) {
      const turn = i & (used - 1);
      const symbol = src[begin + i];
      const frequency = frequencies[symbol];
      let state = states[turn];
      // A symbol of the whole total never grows its state: no state is so large.
      if (state >>> (2 * WORD_BITS - TOTAL_BITS) >= frequency) {
        if (position - 2 < first) return 0;
        out[--position] = (state >>> 8) & 0xff;
        out[--position] = state & 0xff;
        state >>>= WORD_BITS;
      }
      const whole = (state / frequency) >>> 0;
      states[turn] = state + starts[symbol] + whole * (TOTAL - frequency);
    }
    for (let s = 0; s < used; s++) {
      for (let i = 0; i < STATE_BYTES; i++) out[statesAt + s * STATE_BYTES + i] = states[s] >>> (8 * i);
    }
    out.copyWithin(first, position, first + count);
    const written = first + (first + count - position) - at;
    return written < count && written * MAX_EXPANSION >= count ? written : 0;
  };
}

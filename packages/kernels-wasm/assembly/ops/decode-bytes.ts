import { statesOf } from "./encode-bytes";

const TOTAL: i32 = 4096;
const LOWEST: u32 = 1 << 16;
const SLOT_BYTES: usize = 4 * 4096;

/** Where a table of frequencies ended; every thread has an instance of its own. */
let position: usize = 0;

/** Reads a number below 2^14 at the position; −1 behind the end, too long, or longer than it must be. */
function readShort(end: usize): i32 {
  if (position >= end) return -1;
  const low = <i32>load<u8>(position++);
  if (low < 128) return low;
  if (position >= end) return -1;
  const high = <i32>load<u8>(position);
  if (high == 0 || high >= 128) return -1;
  position++;
  return (low & 127) + 128 * high;
}

/** Fills slots: frequency − 1 in the upper 12 bits, the distance from the first slot of the symbol, the symbol. */
function readSlots(end: usize, slots: usize): bool {
  const symbols = readShort(end);
  if (symbols < 1 || symbols > 256) return false;
  let start = 0;
  let previous = -1;
  for (let i = 0; i < symbols; i++) {
    if (position >= end) return false;
    const symbol = <i32>load<u8>(position++);
    const frequency = readShort(end);
    if (symbol <= previous || frequency < 1 || start + frequency > TOTAL) return false;
    const fixed = ((frequency - 1) << 20) | symbol;
    for (let k = 0; k < frequency; k++) store<u32>(slots + ((<usize>(start + k)) << 2), fixed | (k << 8));
    start += frequency;
    previous = symbol;
  }
  return start == TOTAL;
}

/** Writes the symbol of a state, and gives the state before it, which may lack a word. */
@inline
function popSymbol(state: usize, dst: usize, slots: usize): u32 {
  const x = load<u32>(state);
  const slot = load<u32>(slots + ((<usize>(x & (TOTAL - 1))) << 2));
  store<u8>(dst, slot);
  const whole = x >> 12;
  return (slot >> 20) * whole + whole + ((slot >> 8) & (TOTAL - 1));
}

/** Tells whether bytes [begin, end) are exactly what `count` others were coded to; `slots` is room for 4,096 of 4 bytes and 32 states. */
export function decodeBytes(begin: usize, end: usize, dst: usize, count: i32, slots: usize): bool {
  position = begin;
  const used = <usize>statesOf(count);
  if (!readSlots(end, slots) || position + 4 * used > end) return false;
  const states = slots + SLOT_BYTES;
  for (let s: usize = 0; s < used; s++) {
    const x = load<u32>(position + 4 * s);
    if (x < LOWEST) return false;
    store<u32>(states + 4 * s, x);
  }
  let at = position + 4 * used;
  let i = 0;
  // A word comes in as often as not: no branch while one is left.
  for (; i < count && at + 2 <= end; i++) {
    const state = states + (((<usize>i) & (used - 1)) << 2);
    const x = popSymbol(state, dst + i, slots);
    const low = x < LOWEST;
    store<u32>(state, select((x << 16) | (<u32>load<u16>(at)), x, low));
    at += (<usize>low) << 1;
  }
  for (; i < count; i++) {
    const state = states + (((<usize>i) & (used - 1)) << 2);
    const x = popSymbol(state, dst + i, slots);
    if (x < LOWEST) return false;
    store<u32>(state, x);
  }
  for (let s: usize = 0; s < used; s++) if (load<u32>(states + 4 * s) != LOWEST) return false;
  return at == end;
}

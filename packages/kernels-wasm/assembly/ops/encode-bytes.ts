const SYMBOLS: i32 = 256;
const TOTAL: i32 = 4096;
const LOWEST: u32 = 1 << 16;
/** So many states take turns where there are at least so many bytes; byte i belongs to state i modulo their number. */
const FEW_STATES: i32 = 4;
const FEW_FROM: i32 = 512;
const MANY_STATES: i32 = 32;
const MANY_FROM: i32 = 16384;
const MAX_EXPANSION: i32 = 256;

/** A step of a symbol holds a reciprocal f64, a frequency and a start, u32 each. */
const STEP_BYTES: usize = 16;

export function statesOf(count: i32): i32 {
  return count < FEW_FROM ? 1 : count < MANY_FROM ? FEW_STATES : MANY_STATES;
}

/** Gives ⌊2^10 · log2(n)⌋. */
function log2Units(n: u32): i32 {
  let units = 31 - clz(n);
  let x = (<u64>n) << (25 - units);
  for (let bit = 0; bit < 10; bit++) {
    x = (x * x) >> 25;
    const doubled = x >= 1 << 26;
    units = 2 * units + (doubled ? 1 : 0);
    if (doubled) x >>= 1;
  }
  return units;
}

function countBytes(src: usize, count: i32, counts: usize): void {
  memory.fill(counts, 0, 4 * SYMBOLS);
  for (let i = 0; i < count; i++) {
    const at = counts + ((<usize>load<u8>(src + i)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** Scales counts to frequencies that add up to the total. */
function normalize(counts: usize, count: i32, frequencies: usize): void {
  let left = TOTAL;
  for (let s: usize = 0; s < 4 * SYMBOLS; s += 4) {
    const own = load<u32>(counts + s);
    const whole = <i32>((<f64>own / <f64>count) * <f64>TOTAL);
    const frequency = own == 0 ? 0 : max(1, whole);
    store<i32>(frequencies + s, frequency);
    left -= frequency;
  }
  while (left != 0) {
    let most = frequencies;
    for (let s: usize = 4; s < 4 * SYMBOLS; s += 4) {
      if (load<i32>(frequencies + s) > load<i32>(most)) most = frequencies + s;
    }
    const frequency = load<i32>(most);
    const change = left > 0 ? left : max(left, max(1 - frequency, -((frequency + 7) / 8)));
    store<i32>(most, frequency + change);
    left -= change;
  }
}

function entropyBytes(counts: usize, frequencies: usize): i64 {
  let units: i64 = 0;
  for (let s: usize = 0; s < 4 * SYMBOLS; s += 4) {
    const own = load<u32>(counts + s);
    if (own > 0) units += <i64>own * <i64>(12288 - log2Units(load<i32>(frequencies + s)));
  }
  return (units + 8191) / 8192;
}

function writeShort(at: usize, value: i32): usize {
  if (value < 128) {
    store<u8>(at, value);
    return at + 1;
  }
  store<u8>(at, (value & 127) | 128);
  store<u8>(at, value >> 7, 1);
  return at + 2;
}

function writeTable(frequencies: usize, at: usize): usize {
  let symbols = 0;
  for (let s: usize = 0; s < 4 * SYMBOLS; s += 4) symbols += load<i32>(frequencies + s) > 0 ? 1 : 0;
  at = writeShort(at, symbols);
  for (let s = 0; s < SYMBOLS; s++) {
    const frequency = load<i32>(frequencies + ((<usize>s) << 2));
    if (frequency == 0) continue;
    store<u8>(at, s);
    at = writeShort(at + 1, frequency);
  }
  return at;
}

function fillSteps(frequencies: usize, steps: usize): void {
  let start = 0;
  for (let s: usize = 0; s < <usize>SYMBOLS; s++) {
    const frequency = load<i32>(frequencies + (s << 2));
    if (frequency == 0) continue;
    const at = steps + s * STEP_BYTES;
    store<f64>(at, 1.0 / <f64>frequency);
    store<u32>(at, frequency, 8);
    store<u32>(at, start, 12);
    start += frequency;
  }
}

/** Writes words before `end`, the last first, and the states before all of them; gives the first word, 0 when they do not fit. */
function writeWords(src: usize, count: i32, steps: usize, begin: usize, end: usize): usize {
  const used = <usize>statesOf(count);
  const states = begin - 4 * used;
  for (let s: usize = 0; s < used; s++) store<u32>(states + 4 * s, LOWEST);
  let at = end;
  for (let i = count - 1; i >= 0; i--) {
    const step = steps + <usize>load<u8>(src + i) * STEP_BYTES;
    const state = states + (((<usize>i) & (used - 1)) << 2);
    const frequency = load<u32>(step, 8);
    let x = load<u32>(state);
    if (at - begin < 2) return 0;
    // A word goes out as often as not: no branch. Before the first stand the states, which are written last.
    const leaves = x >> 20 >= frequency;
    store<u16>(at - 2, x);
    at -= (<usize>leaves) << 1;
    x = select(x >> 16, x, leaves);
    // A half away from the next whole quotient on both sides, the product cannot be rounded across it; it is below 2^20.
    const whole = <u32>(<i32>((<f64>x + 0.5) * load<f64>(step)));
    store<u32>(state, x + load<u32>(step, 12) + whole * (TOTAL - frequency));
  }
  return at;
}

/**
 * Codes bytes by their frequency and gives the bytes written, 0 when that does not pay.
 *
 * @param room 2,048 bytes for counts and frequencies, then the steps of all symbols
 */
export function encodeBytes(src: usize, count: i32, out: usize, room: usize): i32 {
  const frequencies = room + 4 * SYMBOLS;
  const steps = room + 8 * SYMBOLS;
  countBytes(src, count, room);
  normalize(room, count, frequencies);
  const first = writeTable(frequencies, out) + ((<usize>statesOf(count)) << 2);
  const expected = <i64>(first - out) + entropyBytes(room, frequencies);
  if (expected >= <i64>count || expected * MAX_EXPANSION < <i64>count) return 0;
  fillSteps(frequencies, steps);
  const end = first + count;
  const words = writeWords(src, count, steps, first, end);
  if (words == 0) return 0;
  memory.copy(first, words, end - words);
  const written = <i32>(first - out) + <i32>(end - words);
  return written < count && <i64>written * MAX_EXPANSION >= <i64>count ? written : 0;
}

import { createVarintReader, MAX_VARINT_BYTES, writeVarint } from "../bits/varint.ts";
import { codedBits, countBytes, normalize, TOTAL, TOTAL_BITS } from "./frequencies.ts";

/** The state stays in [LOWEST, 256 · LOWEST): it fits 31 bits, and a byte moves it back into the range. */
const LOWEST = 2 ** 23;
const STATE_BYTES = 4;
const SYMBOLS = 256;

/** A table of frequencies names at most 256 symbols, each with two bytes of frequency. */
const MAX_TABLE_BYTES: number = 2 + SYMBOLS * 3;

/** Coded bytes that stand for more than so many times their number are not written, and refused. */
export const MAX_EXPANSION = 256;

const counts = new Uint32Array(SYMBOLS);
const frequencies = new Uint16Array(SYMBOLS);
const starts = new Uint16Array(SYMBOLS + 1);
const limits = new Int32Array(SYMBOLS);
const symbolAt = new Uint8Array(TOTAL);

/** Bounds what `encodeBytes` needs to write; it answers 0 and has written nothing of use when that is not less than the input. */
export function maxCodedBytes(count: number): number {
  return MAX_TABLE_BYTES + STATE_BYTES + count + MAX_VARINT_BYTES;
}

/**
 * Codes bytes by how often each occurs, and returns the bytes written to `out` at `at`; 0 when that would not be
 * shorter than the input.
 *
 * @shape a table (count of symbols as a varint; for each: the symbol, then its frequency as a varint), the state u32, then
 *        the bytes in the order in which they are read
 * @source Duda 2013, asymmetric numeral systems (range variant)
 * @cost two passes over the bytes, allocates nothing
 */
export function encodeBytes(bytes: Uint8Array, out: Uint8Array, at: number): number {
  const count = bytes.length;
  if (count === 0) return 0;
  countBytes(bytes, counts);
  normalize(counts, frequencies);
  const tableEnd = writeTable(out, at);
  const expected = tableEnd - at + STATE_BYTES + Math.ceil(codedBits(counts, frequencies) / 8);
  if (expected >= count || expected * MAX_EXPANSION < count) return 0;
  // States come out last first: they are written from the end of what the input took, then moved.
  const last = tableEnd + STATE_BYTES + count;
  if (last > out.length) return 0;
  let position = last;
  let state = LOWEST;
  for (let i = count - 1; i >= 0; i--) {
    const symbol = bytes[i];
    const frequency = frequencies[symbol];
    const limit = limits[symbol];
    while (state >= limit) {
      if (position === tableEnd + STATE_BYTES) return 0;
      out[--position] = state & 0xff;
      state >>>= 8;
    }
    // All of it stays below 2^31, where whole numbers of 32 bits are fastest.
    const whole = (state / frequency) | 0;
    state = (whole << TOTAL_BITS) + (state - Math.imul(whole, frequency)) + starts[symbol];
  }
  for (let i = 0; i < STATE_BYTES; i++) out[tableEnd + i] = state >>> (8 * i);
  out.copyWithin(tableEnd + STATE_BYTES, position, last);
  const written = tableEnd + STATE_BYTES + (last - position) - at;
  return written < count && written * MAX_EXPANSION >= count ? written : 0;
}

function writeTable(out: Uint8Array, at: number): number {
  let symbols = 0;
  let start = 0;
  for (let s = 0; s < SYMBOLS; s++) {
    starts[s] = start;
    // A symbol of the whole total never grows the state: its limit is one that no state reaches.
    limits[s] = Math.min(frequencies[s] * (LOWEST / TOTAL) * 256, 2 ** 31 - 1);
    start += frequencies[s];
    if (frequencies[s] > 0) symbols++;
  }
  let position = writeVarint(out, at, symbols);
  for (let s = 0; s < SYMBOLS; s++) {
    if (frequencies[s] === 0) continue;
    out[position++] = s;
    position = writeVarint(out, position, frequencies[s]);
  }
  return position;
}

/** Says what is decoded: coded bytes [begin, end), and the `count` bytes that they stand for. */
export interface CodedSource {
  readonly bytes: Uint8Array;
  readonly begin: number;
  readonly end: number;
  readonly count: number;
}

/**
 * Overwrites target[0 .. count) with what coded bytes stand for, or answers why they are none; the target is then unspecified.
 *
 * @shape target u8[>= count]; the caller has bounded count by {@link MAX_EXPANSION} times the coded bytes
 */
export function decodeBytes(
  { begin, bytes, count, end }: CodedSource,
  target: Uint8Array,
): string | undefined {
  const tableEnd = readTable(bytes, begin, end);
  if (tableEnd < 0) return "no table of frequencies";
  if (tableEnd + STATE_BYTES > end) return "a cut state";
  let position = tableEnd + STATE_BYTES;
  let state = 0;
  for (let i = STATE_BYTES - 1; i >= 0; i--) state = state * 256 + bytes[tableEnd + i];
  if (state < LOWEST || state >= LOWEST * 256) return "no state";
  for (let i = 0; i < count; i++) {
    const slot = state & (TOTAL - 1);
    const symbol = symbolAt[slot];
    target[i] = symbol;
    state = Math.imul(frequencies[symbol], state >>> TOTAL_BITS) + slot - starts[symbol];
    while (state < LOWEST) {
      if (position >= end) return "cut bytes";
      state = (state << 8) | bytes[position++];
    }
  }
  return position === end && state === LOWEST ? undefined : "other bytes than the state says";
}

/** Fills the tables, and returns the position behind them, or −1. */
function readTable(bytes: Uint8Array, begin: number, end: number): number {
  const reader = createVarintReader(bytes, begin, end);
  const symbols = reader.read();
  if (symbols < 1 || symbols > SYMBOLS) return -1;
  let start = 0;
  let previous = -1;
  for (let i = 0; i < symbols; i++) {
    if (reader.position >= end) return -1;
    const symbol = bytes[reader.position++];
    const frequency = reader.read();
    if (symbol <= previous || frequency < 1 || start + frequency > TOTAL) return -1;
    frequencies[symbol] = frequency;
    starts[symbol] = start;
    symbolAt.fill(symbol, start, start + frequency);
    start += frequency;
    previous = symbol;
  }
  return start === TOTAL ? reader.position : -1;
}

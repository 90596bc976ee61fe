import { SYMBOLS, TOTAL } from "./frequencies.ts";

/** Writes how many symbols occur, then each with its frequency, and returns the position behind them. */
export function writeTable(frequencies: Uint16Array, out: Uint8Array, at: number): number {
  let symbols = 0;
  for (let s = 0; s < SYMBOLS; s++) if (frequencies[s] > 0) symbols++;
  let position = writeShort(out, at, symbols);
  for (let s = 0; s < SYMBOLS; s++) {
    if (frequencies[s] === 0) continue;
    out[position++] = s;
    position = writeShort(out, position, frequencies[s]);
  }
  return position;
}

/** Holds what decodes a slot of [0, TOTAL): its symbol, and the frequency and the first slot of that. */
export interface SlotTable {
  readonly frequencies: Uint16Array;
  readonly starts: Uint16Array;
  readonly symbolAt: Uint8Array;
}

/** Fills a table, and returns the position behind its bytes, or −1 when there is none in [begin, end). */
export function readTable(bytes: Uint8Array, begin: number, end: number, table: SlotTable): number {
  const symbols = readShort(bytes, begin, end);
  if (symbols < 1 || symbols > SYMBOLS) return -1;
  let position = begin + shortBytes(symbols);
  let start = 0;
  let previous = -1;
  for (let i = 0; i < symbols; i++) {
    if (position >= end) return -1;
    const symbol = bytes[position++];
    const frequency = readShort(bytes, position, end);
    if (symbol <= previous || frequency < 1 || start + frequency > TOTAL) return -1;
    position += shortBytes(frequency);
    table.frequencies[symbol] = frequency;
    table.starts[symbol] = start;
    table.symbolAt.fill(symbol, start, start + frequency);
    start += frequency;
    previous = symbol;
  }
  return start === TOTAL ? position : -1;
}

/** A varint of a number below 2^14: no count and no frequency needs more. */
function writeShort(out: Uint8Array, at: number, value: number): number {
  if (value < 128) {
    out[at] = value;
    return at + 1;
  }
  out[at] = (value & 127) | 128;
  out[at + 1] = value >> 7;
  return at + 2;
}

function shortBytes(value: number): number {
  return value < 128 ? 1 : 2;
}

/** Reads a number, or answers −1: behind the end, too long, or longer than it must be. */
function readShort(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  if (bytes[at] < 128) return bytes[at];
  if (at + 1 >= end || bytes[at + 1] === 0 || bytes[at + 1] >= 128) return -1;
  return (bytes[at] & 127) + 128 * bytes[at + 1];
}

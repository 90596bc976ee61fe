import { allRows } from "./all-rows.ts";
import { blockedRice } from "./blocked-rice.ts";
import { deltaVarint } from "./delta-varint.ts";
import type { IndexCoding } from "./index-coding.ts";

/** Lists the codings of ids by their number on the wire. */
const CODINGS: readonly IndexCoding[] = [allRows, deltaVarint, blockedRice];

/** Says how some ids are sent, and in how many bytes. */
export interface IndexChoice {
  readonly coding: IndexCoding;
  readonly bytes: number;
}

/** Chooses the coding that needs the fewest bytes; the first of equals. */
export function chooseIndexCoding(rows: Int32Array, count: number): IndexChoice {
  let best: IndexCoding = deltaVarint;
  let bytes = Infinity;
  for (const coding of CODINGS) {
    // Nothing is shorter than no bytes.
    if (bytes === 0) break;
    const own = coding.bytes(rows, count);
    if (own >= bytes) continue;
    bytes = own;
    best = coding;
  }
  return { coding: best, bytes };
}

/** Finds a coding by its number on the wire. */
export function indexCodingOf(id: number): IndexCoding | undefined {
  return CODINGS.find((coding) => coding.id === id);
}

/** Bounds the bytes of `count` ids: the gaps of a block need at most what varints of 2^31 need. */
export function maxIndexBytes(count: number): number {
  return 5 * count;
}

import { allRows } from "./all-rows.ts";
import { blockedRice } from "./blocked-rice.ts";
import { deltaVarint } from "./delta-varint.ts";
import type { IndexCoding } from "./index-coding.ts";

/** Lists the codings of ids by their number on the wire. */
const CODINGS: readonly IndexCoding[] = [allRows, deltaVarint, blockedRice];

/** Chooses the coding that needs the fewest bytes; the first of equals. */
export function chooseIndexCoding(rows: Int32Array, count: number): IndexCoding {
  let best: IndexCoding = deltaVarint;
  let bytes = Infinity;
  for (const coding of CODINGS) {
    const own = coding.bytes(rows, count);
    if (own >= bytes) continue;
    bytes = own;
    best = coding;
  }
  return best;
}

/** Finds a coding by its number on the wire. */
export function indexCodingOf(id: number): IndexCoding | undefined {
  return CODINGS.find((coding) => coding.id === id);
}

/** Bounds the bytes of `count` ids: the gaps of a block need at most what varints of 2^31 need. */
export function maxIndexBytes(count: number): number {
  return 5 * count;
}

/**
 * Turns ascending row ids into bytes and back.
 *
 * @shape rows i32[count], strictly ascending
 */
export interface IndexCoding {
  readonly name: string;
  /** Identifies the coding on the wire, 0 to 15. */
  readonly id: number;
  /** Counts the bytes of some rows exactly, or answers Infinity when the coding cannot hold them. */
  bytes(rows: Int32Array, count: number): number;
  /** Writes the rows and returns the position after them; the caller has made room. */
  encode(rows: Int32Array, count: number, out: Uint8Array, at: number): number;
  /**
   * Fills rows[0 .. count) from all of bytes [begin, end), or answers why these are none.
   *
   * @shape rows below `limit`
   */
  decode(source: IndexSource, rows: Int32Array): string | undefined;
}

/** Says what is decoded: where the bytes stand, how many rows they hold, and below what each must be. */
export interface IndexSource {
  readonly bytes: Uint8Array;
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  readonly limit: number;
}

/** Gives the number of rows between a row and the one before it. */
export function gapBefore(rows: Int32Array, i: number): number {
  return i === 0 ? rows[0] : rows[i] - rows[i - 1] - 1;
}

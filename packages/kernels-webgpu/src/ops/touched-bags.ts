import type { Jagged, Placement } from "@dqrm/core";
import { failIndex } from "@dqrm/core/checks";

/** Holds bags over the rows that they touch, each of these once, so that no more of a table goes to the device. */
export interface TouchedBags {
  /** Rows of the table, in order of first appearance. */
  readonly rows: readonly number[];
  /** For each position, the place of its row in `rows`. */
  readonly indices: Uint32Array;
  /** From 0 on. */
  readonly offsets: Uint32Array;
  readonly weights: Float32Array | undefined;
}

/**
 * Cuts bags [begin, end) out, over the rows that they touch.
 *
 * @throws INDEX_RANGE when an index is outside [0, rows)
 */
export function touchedBags(
  op: string,
  { indices, offsets, weights }: Jagged,
  rows: number,
  begin: number,
  end: number,
): TouchedBags {
  const first = offsets[begin] ?? 0;
  const last = offsets[end] ?? 0;
  const places = new Map<number, number>();
  const touched = new Uint32Array(last - first);
  for (let position = first; position < last; position++) {
    const row = indices[position];
    if (row < 0 || row >= rows) failIndex(op, position, row, rows);
    const place = places.get(row) ?? places.size;
    places.set(row, place);
    touched[position - first] = place;
  }
  return {
    rows: [...places.keys()],
    indices: touched,
    offsets: Uint32Array.from(offsets.subarray(begin, end + 1), (offset) => offset - first),
    weights: weights?.subarray(first, last),
  };
}

/** Copies rows of `length` elements of a table, one after another. */
export function gatherRows<A extends Float32Array | Uint8Array>(
  table: A,
  rows: readonly number[],
  length: number,
  into: A,
): A {
  rows.forEach((row, k) => {
    into.set(table.subarray(row * length, (row + 1) * length), k * length);
  });
  return into;
}

/** Puts dense rows where a placement wants them. */
export function placeRows(
  rows: Float32Array,
  cols: number,
  dst: Float32Array,
  { offset, stride }: Placement,
  begin: number,
): void {
  for (let from = 0, to = begin * stride + offset; from < rows.length; from += cols, to += stride)
    dst.set(rows.subarray(from, from + cols), to);
}

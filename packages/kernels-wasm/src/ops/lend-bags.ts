import type { Jagged, Placement } from "@dqrm/core";
import { failIndex } from "@dqrm/core/checks";
import type { KernelArray, Stage } from "../runtime/stage.ts";

/** Holds the pointers of lent bags: `offsets` is that of the first bag, the others are those of position 0. */
export interface LentBags {
  indices: number;
  offsets: number;
  weights: number;
  weighted: boolean;
}

/** Makes room for the pointers of one call after another. */
export function createLentBags(): LentBags {
  return { indices: 0, offsets: 0, weights: 0, weighted: false };
}

/**
 * Lends bags [begin, end).
 *
 * A table that had to be gathered holds one row for each position, in order: then `gathered` says that indices count
 * positions.
 */
export function lendBags(
  stage: Stage,
  bags: Jagged,
  begin: number,
  end: number,
  gathered: boolean,
  lent: LentBags,
): void {
  const { indices, offsets, weights } = bags;
  const first = offsets[begin];
  const last = offsets[end];
  lent.offsets = stage.read(offsets, begin, end + 1) + 4 * begin;
  lent.weighted = weights !== undefined;
  lent.weights = weights === undefined ? 0 : stage.read(weights, first, last);
  lent.indices = gathered ? stage.count(last - first) - 4 * first : stage.read(indices, first, last);
}

/** Says how many bags from `begin` on one call takes: those with at most `limit` positions, and at least one bag. */
export function bagsPerPart({ offsets }: Jagged, begin: number, end: number, limit: number): number {
  const most = offsets[begin] + limit;
  let last = begin + 1;
  while (last < end && offsets[last + 1] <= most) last++;
  return last;
}

/**
 * Lends a table's rows of `rowLength` elements: in place, or gathered.
 *
 * A table outside the memory is never copied whole: `gathered` copies the rows that bags [begin, end) read, one for
 * each position.
 *
 * @throws INDEX_RANGE when an index is outside [0, rows) of a table that is gathered
 */
export function lendTable(
  op: string,
  stage: Stage,
  array: Float32Array | Uint8Array,
  rowLength: number,
  rows: number,
  bags: Jagged,
  begin: number,
  end: number,
  gathered: boolean,
): number {
  return gathered ? gatherRows(op, stage, array, rowLength, rows, bags, begin, end) : array.byteOffset;
}

function gatherRows(
  op: string,
  stage: Stage,
  array: Float32Array | Uint8Array,
  rowLength: number,
  rows: number,
  bags: Jagged,
  begin: number,
  end: number,
): number {
  const { indices, offsets } = bags;
  const first = offsets[begin];
  const last = offsets[end];
  const size = array.BYTES_PER_ELEMENT;
  const pointer = stage.take((last - first) * rowLength * size);
  const target: KernelArray = size === 4 ? stage.floats : stage.bytes;
  let to = pointer / size;
  for (let position = first; position < last; position++) {
    const row = indices[position];
    if (row < 0 || row >= rows) failIndex(op, position, row, rows);
    const from = row * rowLength;
    for (let i = 0; i < rowLength; i++) target[to + i] = array[from + i];
    to += rowLength;
  }
  return pointer;
}

/** Says where a kernel puts the results of bags, and how far apart. */
export interface LentRows {
  pointer: number;
  stride: number;
}

/** Lends the rows of a placement for bags [begin, end): in place, or dense in scratch. */
export function lendRows(
  stage: Stage,
  dst: Float32Array,
  { stride, offset }: Placement,
  cols: number,
  begin: number,
  end: number,
  lent: LentRows,
): void {
  const inPlace = stage.owns(dst);
  lent.stride = inPlace ? stride : cols;
  lent.pointer = inPlace
    ? dst.byteOffset + 4 * (begin * stride + offset)
    : stage.take(4 * (end - begin) * cols);
}

/** Puts dense rows from scratch where a placement wants them. */
export function giveRows(
  stage: Stage,
  dst: Float32Array,
  { stride, offset }: Placement,
  cols: number,
  begin: number,
  end: number,
  lent: LentRows,
): void {
  if (stage.owns(dst)) return;
  let from = lent.pointer / 4;
  for (let bag = begin; bag < end; bag++) {
    const to = bag * stride + offset;
    for (let c = 0; c < cols; c++) dst[to + c] = stage.floats[from + c];
    from += cols;
  }
}

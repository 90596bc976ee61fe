import { createVarintReader, MAX_VARINT_BYTES, writeVarint } from "../bits/varint.ts";
import { chooseIndexCoding, indexCodingOf, maxIndexBytes } from "./choose-index-coding.ts";

/** Bounds the bytes of `count` ids with what stands before them. */
export function maxIndexStreamBytes(count: number): number {
  return 1 + MAX_VARINT_BYTES + maxIndexBytes(count);
}

/**
 * Writes ascending ids in the shortest coding and returns the position after them.
 *
 * @shape coding u8, varint bytes of ids, ids
 */
export function writeIndices(ids: Int32Array, count: number, out: Uint8Array, at: number): number {
  const { bytes, coding } = chooseIndexCoding(ids, count);
  out[at] = coding.id;
  return coding.encode(ids, count, out, writeVarint(out, at + 1, bytes));
}

/** Says where ids stand; where they end is in the bytes. */
export interface IndexStreamSource {
  readonly bytes: Uint8Array;
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  readonly limit: number;
}

/** Finds the position after ids, or answers −1 when they are cut. */
export function indicesEnd({ begin, bytes, end }: IndexStreamSource): number {
  const reader = createVarintReader(bytes, begin + 1, end);
  const length = reader.read();
  return length < 0 || reader.position + length > end ? -1 : reader.position + length;
}

/** Fills ids[0 .. count) from what `indicesEnd` found whole, or answers why the bytes are none. */
export function readIndices(source: IndexStreamSource, ids: Int32Array): string | undefined {
  const { begin, bytes, count, end, limit } = source;
  const coding = indexCodingOf(bytes[begin]);
  if (coding === undefined) return `coding of ids ${bytes[begin]}`;
  const reader = createVarintReader(bytes, begin + 1, end);
  const length = reader.read();
  return coding.decode({ bytes, begin: reader.position, end: reader.position + length, count, limit }, ids);
}

import { createVarintReader, varintBytes, writeVarint } from "../bits/varint.ts";
import { gapBefore, type IndexCoding } from "./index-coding.ts";

/** Sends the gap before each row as a varint. */
export const deltaVarint: IndexCoding = {
  name: "delta-varint",
  id: 1,
  bytes(rows, count) {
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += varintBytes(gapBefore(rows, i));
    return bytes;
  },
  encode(rows, count, out, at) {
    let position = at;
    for (let i = 0; i < count; i++) position = writeVarint(out, position, gapBefore(rows, i));
    return position;
  },
  decode({ begin, bytes, count, end, limit }, rows) {
    const reader = createVarintReader(bytes, begin, end);
    let next = 0;
    for (let i = 0; i < count; i++) {
      const gap = reader.read();
      if (gap < 0) return `id ${i} is no varint`;
      const row = next + gap;
      if (row >= limit) return `row ${row} outside [0, ${limit})`;
      rows[i] = row;
      next = row + 1;
    }
    return reader.position === end ? undefined : `${end - reader.position} bytes behind the last id`;
  },
};

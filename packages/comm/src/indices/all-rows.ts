import type { IndexCoding } from "./index-coding.ts";

/** Sends no ids, for the rows 0, 1, … count − 1: all of a small table, or of a layer. */
export const allRows: IndexCoding = {
  name: "all rows",
  id: 0,
  bytes: (rows, count) => (count === 0 || rows[count - 1] === count - 1 ? 0 : Infinity),
  encode: (_rows, _count, _out, at) => at,
  decode({ begin, count, end, limit }, rows) {
    if (end !== begin) return `${end - begin} bytes of ids where there are none`;
    if (count > limit) return `${count} rows of ${limit}`;
    for (let i = 0; i < count; i++) rows[i] = i;
    return undefined;
  },
};

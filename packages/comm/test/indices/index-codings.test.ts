import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allRows } from "../../src/indices/all-rows.ts";
import { blockedRice } from "../../src/indices/blocked-rice.ts";
import { chooseIndexCoding, maxIndexBytes } from "../../src/indices/choose-index-coding.ts";
import { deltaVarint } from "../../src/indices/delta-varint.ts";
import type { IndexCoding } from "../../src/indices/index-coding.ts";

const LIMIT = 2 ** 31 - 1;

/** Strictly ascending rows with gaps from 0 to millions. */
const ascending = fc
  .array(fc.tuple(fc.nat(1000), fc.nat(14)), { minLength: 1, maxLength: 200 })
  .map((gaps) => {
    let next = 0;
    return Int32Array.from(gaps, ([gap, shift]) => {
      const row = next + gap * 2 ** shift;
      next = row + 1;
      return row;
    });
  });

function encoded(coding: IndexCoding, rows: Int32Array): Uint8Array {
  const out = new Uint8Array(coding.bytes(rows, rows.length) + 8);
  return out.slice(0, coding.encode(rows, rows.length, out, 0));
}

function decoded(coding: IndexCoding, bytes: Uint8Array, count: number, limit = LIMIT): Int32Array | string {
  const rows = new Int32Array(count);
  return coding.decode({ bytes, begin: 0, end: bytes.length, count, limit }, rows) ?? rows;
}

describe.each([deltaVarint, blockedRice])("$name", (coding) => {
  test("gives back every row, in exactly the bytes that it counted", () => {
    fc.assert(
      fc.property(ascending, (rows) => {
        const bytes = encoded(coding, rows);

        expect(bytes.length).toBe(coding.bytes(rows, rows.length));
        expect(decoded(coding, bytes, rows.length)).toEqual(rows);
      }),
    );
  });

  test("holds the first row and the last that a table can have", () => {
    const rows = Int32Array.of(0, LIMIT - 1);

    expect(decoded(coding, encoded(coding, rows), 2)).toEqual(rows);
  });

  test("refuses a row beyond the table, a cut, and a byte too many", () => {
    const rows = Int32Array.from({ length: 70 }, (_, i) => i * i);
    const bytes = encoded(coding, rows);

    expect(decoded(coding, bytes, 70, 69 * 69)).toContain("outside [0, 4761)");
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(typeof decoded(coding, bytes.subarray(0, cut), 70)).toBe("string");
    }
    expect(typeof decoded(coding, Uint8Array.of(...bytes, 0), 70)).toBe("string");
  });

  test("answers for any bytes, and its rows ascend below the limit", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), (bytes, count) => {
        const rows = decoded(coding, bytes, count, 5000);

        if (typeof rows === "string") return;
        rows.forEach((row, i) => {
          expect(row).toBeGreaterThan(i === 0 ? -1 : rows[i - 1]);
          expect(row).toBeLessThan(5000);
        });
      }),
      { numRuns: 2000 },
    );
  });
});

test("two small gaps are two bytes as varints, and 5 + 2 + 3 bits as Rice codes", () => {
  const rows = Int32Array.of(1, 3);

  // Gaps 1 and 1: varints 01 01. Rice: k = 0 costs 2 bits each, k = 1 too; the first of equals is taken: 00000, then 0 1, 0 1,
  // low bits first: 0b1_0100_0000 (9 bits).
  expect([...encoded(deltaVarint, rows)]).toEqual([1, 1]);
  expect([...encoded(blockedRice, rows)]).toEqual([0b0100_0000, 0b1]);
});

test("all rows need no bytes, and nothing else is all rows", () => {
  expect(allRows.bytes(Int32Array.of(0, 1, 2), 3)).toBe(0);
  expect(allRows.bytes(Int32Array.of(0, 2), 2)).toBe(Infinity);
  expect(decoded(allRows, new Uint8Array(0), 3, 3)).toEqual(Int32Array.of(0, 1, 2));
  expect(decoded(allRows, new Uint8Array(0), 3, 2)).toBe("3 rows of 2");
});

test("rows of Zipf's law take fewer than 10 bits each, and never more than the bound", () => {
  // 1500 of a million rows, dense at the small ids, as dictionaries in order of appearance give them.
  const rows = Int32Array.from({ length: 1500 }, (_, i) => Math.floor(1e6 ** (i / 1500)) + i);
  const { bytes } = chooseIndexCoding(rows, rows.length);

  expect((bytes * 8) / rows.length).toBeLessThan(10);
  expect(bytes).toBeLessThanOrEqual(maxIndexBytes(rows.length));
});

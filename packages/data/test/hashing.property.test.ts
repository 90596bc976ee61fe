import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { decodeCodes, encodeCodes, hashCode, hashText, hashToRow } from "@dqrm/data";
import { createCodeIndex } from "../src/code-index.ts";

const runs = { seed: 1, numRuns: 300 };

describe("hashing", () => {
  test("every value gets a row of the table", () => {
    const rows = fc.integer({ min: 1, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: -1, max: 2 ** 32 - 1 }),
        rows,
        fc.integer(),
        (text, code, n, seed) => {
          for (const row of [hashToRow(hashText(text, seed), n), hashToRow(hashCode(code, seed), n)]) {
            expect(Number.isInteger(row) && row >= 0 && row < n).toBe(true);
          }
        },
      ),
      runs,
    );
  });

  test.each([1, 2, 77])(
    "consecutive codes fill rows evenly and collide independently across seeds, seed %i",
    (seed) => {
      const counts = new Float64Array(64);
      let both = 0;
      let one = 0;
      const codes = 1 << 14;
      for (let code = 0; code < codes; code++) {
        counts[hashToRow(hashCode(code, seed), 64)]++;
        const first = hashToRow(hashCode(code, seed), 64) === hashToRow(hashCode(code + 1, seed), 64);
        const second =
          hashToRow(hashCode(code, seed + 1), 64) === hashToRow(hashCode(code + 1, seed + 1), 64);
        if (first) one++;
        if (first && second) both++;
      }

      const expected = codes / 64;
      const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // Chi-squared with 63 degrees of freedom: mean 63, deviation sqrt(126); six deviations.
      expect(chi).toBeLessThan(63 + 6 * Math.sqrt(126));
      // A pair that collides under one seed collides under the next with probability 1/64: six deviations.
      expect(both).toBeLessThan(one / 64 + 6 * Math.sqrt(one / 64));
    },
  );
});

describe("codes", () => {
  test("come back from text", () => {
    fc.assert(
      fc.property(fc.uint32Array(), (codes) => {
        expect(decodeCodes(encodeCodes(codes))).toEqual(codes);
      }),
      runs,
    );
  });

  test.each(["AAAAA", "AAAAA!", "////// ", "//////", "AAAAA\u0141"])(
    "text that is no codes is told: %j",
    (text) => {
      expect(decodeCodes(text)).toBeUndefined();
    },
  );

  test("are numbered as a Map would number them", () => {
    const code = fc.oneof(fc.integer({ min: -1, max: 20 }), fc.integer({ min: -1, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(fc.array(code, { maxLength: 2000 }), fc.array(code), (added, asked) => {
        const index = createCodeIndex();
        const map = new Map<number, number>();
        for (const value of added) {
          if (!map.has(value)) map.set(value, map.size);
          expect(index.add(value)).toBe(map.get(value));
        }
        for (const value of [...added, ...asked]) expect(index.find(value)).toBe(map.get(value) ?? -1);
        expect([...index.codes()]).toEqual([...map.keys()]);
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});

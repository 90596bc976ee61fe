import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRowHash, mixingHash, placeOf } from "../../src/index.ts";
import golden from "../golden/mixing-hash.json" with { type: "json" };

describe("the mixing hash", () => {
  test("is MurmurHash3 of key and block, as another program computes it", () => {
    const hashes = golden.cases.map(({ block, key, seed }) => mixingHash(key, block, seed));

    expect(hashes).toEqual(golden.cases.map(({ hash }) => hash));
  });

  test("is reduced to the places that another program finds", () => {
    const places = golden.cases.map(({ hash, size }) => placeOf(hash, size));

    expect(places).toEqual(golden.cases.map(({ place }) => place));
  });

  test("is reduced without rounding", () => {
    const hash = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const size = fc.integer({ min: 1, max: 2 ** 31 - 1 });

    fc.assert(
      fc.property(hash, size, (h, n) => {
        expect(placeOf(h, n)).toBe(Number((BigInt(h) * BigInt(n)) >> 32n));
      }),
    );
  });
});

describe("the hash of rows", () => {
  test("spreads neighbouring rows evenly over the table", () => {
    const tableRows = 100;
    const counts = new Array<number>(tableRows).fill(0);
    const row = createRowHash({ tableRows, seed: 9 });
    for (let x = 0; x < 100_000; x++) counts[row(x)]++;

    // χ² with 99 degrees of freedom: mean 99, deviation √198; six deviations.
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);

    expect(Math.abs(chiSquare - 99)).toBeLessThan(6 * Math.sqrt(198));
  });

  test("gives another map for another seed", () => {
    const [first, second] = [1, 2].map((seed) => createRowHash({ tableRows: 1000, seed }));
    const same = Array.from({ length: 10_000 }, (_, x) => first(x) === second(x)).filter(Boolean).length;

    // Independent maps agree on each row with probability 1/1000: mean 10, deviation √10.
    expect(Math.abs(same - 10)).toBeLessThan(6 * Math.sqrt(10));
  });

  test.each([
    [{ tableRows: 0, seed: 1 }, "row hash: tableRows is 0, expected an integer >= 1"],
    [{ tableRows: 5, seed: -1 }, "row hash: seed is -1, expected an integer in [0, 2^32)"],
    [{ tableRows: 5, seed: 0.5 }, "row hash: seed is 0.5, expected an integer in [0, 2^32)"],
  ])("refuses %j", (spec, message) => {
    expect(() => createRowHash(spec)).toThrow(message);
  });
});

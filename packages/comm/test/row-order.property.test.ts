import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepareOrder } from "../src/codecs/row-order.ts";

const LARGEST = 2 ** 31 - 1;

/** Few distinct numbers, so that many are equal, and numbers of every length. */
const numbers = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 80 }),
  fc.array(fc.integer({ min: 0, max: LARGEST }), { maxLength: 80 }),
  fc.array(
    fc.nat(30).map((bits) => LARGEST >>> bits),
    { maxLength: 400 },
  ),
);

describe("the order of numbers", () => {
  it("is that of a stable sort, whatever was ordered before", () => {
    const order = prepareOrder();
    fc.assert(
      fc.property(numbers, (values) => {
        const { keys, places } = order(Int32Array.from(values), values.length);
        const expected = values.map((key, place) => ({ key, place })).sort((a, b) => a.key - b.key);
        const actual = values.map((_, i) => ({ key: keys[i], place: places[i] }));
        expect(actual).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("is that of so many numbers as are asked for", () => {
    const { keys, places } = prepareOrder()(Int32Array.of(5, 3, 1, 0), 2);
    expect([keys[0], keys[1], places[0], places[1]]).toEqual([3, 5, 1, 0]);
  });
});

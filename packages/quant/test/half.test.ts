import { halfBits, halfValue, roundToHalf } from "@dqrm/quant";
import fc from "fast-check";
import { expect, test } from "vitest";

/** Every finite half that is not negative, in order. */
const finite = Array.from({ length: 0x7c00 }, (_, bits) => halfValue(bits));

test("every half gives its own bits back", () => {
  const bits = Array.from({ length: 0x10000 }, (_, k) => k).filter((k) => !Number.isNaN(halfValue(k)));

  expect(bits.filter((k) => halfBits(halfValue(k)) !== k)).toEqual([]);
});

test("halves grow with their bits", () => {
  expect(finite.filter((value, k) => k > 0 && value <= finite[k - 1])).toEqual([]);
});

test("the number between two neighbours rounds to the one with an even fraction", () => {
  const middles = finite.slice(1).map((value, k) => (finite[k] + value) / 2);

  expect(middles.filter((middle, k) => halfBits(middle) !== (k % 2 === 0 ? k : k + 1))).toEqual([]);
});

test("a number rounds to a half that no other half is nearer than", () => {
  const magnitudes = fc.tuple(fc.double({ min: 1, max: 2, noNaN: true }), fc.integer({ min: -30, max: 15 }));
  fc.assert(
    fc.property(magnitudes, fc.boolean(), ([fraction, exponent], negative) => {
      const value = Math.fround((negative ? -fraction : fraction) * 2 ** exponent);

      const error = Math.abs(roundToHalf(value) - value);

      // Neighbouring halves are 2^−10 of their magnitude apart, and never less than 2^−24.
      const spacing = Math.max(2 ** (Math.floor(Math.log2(Math.abs(value))) - 10), 2 ** -24);
      if (Math.abs(value) <= 65504) expect(error).toBeLessThanOrEqual(spacing / 2);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test.each([
  [65504, 0x7bff],
  [65519.996, 0x7bff],
  [65520, 0x7c00],
  [-65520, 0xfc00],
  [Infinity, 0x7c00],
  [-0, 0x8000],
  [2 ** -25, 0],
  [2 ** -24, 1],
  [NaN, 0x7e00],
])("%s has the bits %s", (value, bits) => {
  // By the definition of binary16: 65504 is the largest, 2^−24 the smallest; NaN is quiet.
  expect(halfBits(value)).toBe(bits);
});

test("what is no number stays none", () => {
  expect([0x7c01, 0x7fff, 0xfe00].map(halfValue)).toEqual([NaN, NaN, NaN]);
});

import { expect, test } from "vitest";
import { uniformAt } from "@dqrm/core";
import { normalInit, uniformInit } from "@dqrm/embedding";

test("uniform weights fill ±1/√rows and depend on key and place alone", () => {
  const shape = { rows: 400, cols: 5 };
  const key = { seed: 3, stream: 1 };

  const weights = uniformInit(shape, key);

  expect(weights[7]).toBe(Math.fround((2 * uniformAt(key, 7) - 1) / 20));
  expect(weights.every((w) => Math.abs(w) <= Math.fround(1 / 20))).toBe(true);
  expect([...uniformInit(shape, key)]).toEqual([...weights]);
  expect(uniformInit(shape, { seed: 3, stream: 2 })[7]).not.toBe(weights[7]);
});

test("uniform weights have the mean and variance of their distribution, within five standard errors", () => {
  const n = 20_000;

  const weights = uniformInit({ rows: 1, cols: n }, { seed: 5, stream: 0 });

  const mean = weights.reduce((sum, w) => sum + w, 0) / n;
  const square = weights.reduce((sum, w) => sum + w * w, 0) / n;
  // U(−1, 1): variance 1/3; the variance of the square is 1/5 − 1/9 = 4/45.
  expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(1 / 3 / n));
  expect(Math.abs(square - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n));
});

test("normal weights have the deviation asked for, within five standard errors", () => {
  const n = 20_000;

  const weights = normalInit({ rows: n, cols: 1, standardDeviation: 0.1 }, { seed: 5, stream: 0 });

  const mean = weights.reduce((sum, w) => sum + w, 0) / n;
  const square = weights.reduce((sum, w) => sum + w * w, 0) / n;
  // N(0, σ²): the variance of the square is 2σ⁴.
  expect(Math.abs(mean)).toBeLessThan(5 * 0.1 * Math.sqrt(1 / n));
  expect(Math.abs(square - 0.01)).toBeLessThan(5 * 0.01 * Math.sqrt(2 / n));
});

test("given memory is filled in place and must fit", () => {
  const dst = new Float32Array(6);

  expect(uniformInit({ rows: 3, cols: 2 }, { seed: 1, stream: 0 }, dst)).toBe(dst);

  expect(() => uniformInit({ rows: 3, cols: 3 }, { seed: 1, stream: 0 }, dst)).toThrow(
    "dst has 6 elements, expected 9",
  );
  expect(() => normalInit({ rows: 3, cols: 2, standardDeviation: -1 }, { seed: 1, stream: 0 }, dst)).toThrow(
    "standardDeviation is -1",
  );
});

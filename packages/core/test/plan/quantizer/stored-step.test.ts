import { describe, expect, test } from "vitest";
import { createRandom, symmetricScale, type StoredQuantization } from "../../../src/index.ts";
import { floatsOf, gradientOf, nearest, stochastic, storedCase } from "./stored-cases.ts";

const learned = (
  bits: StoredQuantization["bits"],
  learningRate: number,
  rounding: StoredQuantization["rounding"] = nearest,
): StoredQuantization => ({ kind: "stored", bits, rounding, step: { kind: "learned", learningRate } });

describe("a learned step", () => {
  test("starts at twice the mean magnitude over the root of the largest code", () => {
    const { packed } = storedCase(learned(4, 0.1), Float32Array.of(1, -2, 3, 2), 4);

    expect(packed.scale[0]).toBe(Math.fround((2 * 2) / Math.sqrt(7)));
  });

  test("descends along the quantizer's response to it: clipped weights by their code, others by their rounding error", () => {
    // Codes and step are set by hand, so that the weights are −4, 3, 1 and −2 steps of 1.
    const { packed, update } = storedCase(learned(3, 0.5), Float32Array.of(-4, 3, 1, -2), 4);
    packed.scale[0] = 1;
    packed.codes.set([0 | (7 << 3) | ((5 & 3) << 6), (5 >> 2) | (2 << 1)]);

    update(gradientOf(4, [0], [0.5, -0.5, 0.5, 1]), 0.5, 0);

    // The weights moved to −4.25, 3.25, 0.75, −2.5; the responses are −4, 3, 1 − 0.75 and −2 + 2.5 (halves to even), so
    // the slope is −2 − 1.5 + 0.125 + 0.5 = −2.875, damped by √(4 columns · 3).
    const expected = 1 + (0.5 * 2.875) / Math.sqrt(12);
    expect(Math.abs(packed.scale[0] - expected)).toBeLessThanOrEqual(2 ** -24 * expected);
  });

  test.each([0.01, 1, 30])("finds its size from %d times the weights that are to be learned", (first) => {
    const cols = 16;
    const random = createRandom({ seed: 8, stream: 0 });
    const target = Float32Array.from({ length: cols }, () => random.normal());
    const peak = Math.max(...target.map(Math.abs));
    const weights = target.map((t) => first * t);
    const { packed, update } = storedCase(learned(4, 0.1, stochastic), weights, cols);

    for (let step = 0; step < 4000; step++) {
      const error = floatsOf(packed).map((weight, c) => weight - target[c]);
      update(gradientOf(cols, [0], [...error]), 0.1, step);
    }

    const [step] = packed.scale;
    const squares = floatsOf(packed).map((weight, c) => (weight - target[c]) ** 2);
    // A step of peak/7 just reaches the largest weight; below half of it most of the row is clipped, above twice it codes
    // are left over. A weight that is rounded up or down at random has a variance of a quarter of a step's square at most.
    expect(step).toBeGreaterThan(peak / 7 / 2);
    expect(step).toBeLessThan((peak / 7) * 2);
    expect(squares.reduce((sum, square) => sum + square, 0) / cols).toBeLessThan(step ** 2 / 4);
  });

  test("stays above zero, however steep the descent", () => {
    const { packed, update } = storedCase(learned(4, 1e30), Float32Array.of(1, -2, 3, 2), 4);
    packed.codes.fill(0xff); // The highest code, 7, and gradients that push against it.

    update(gradientOf(4, [0], [0.1, 0.1, 0.1, 0.1]), -1, 0);

    expect(packed.scale[0]).toBe(symmetricScale(0, 4));
    expect(floatsOf(packed).every(Number.isFinite)).toBe(true);
  });

  test("is refused when it grows beyond all numbers, and the row stays as it was", () => {
    const { packed, update } = storedCase(learned(4, 1e300), Float32Array.of(1, -2, 3, 2), 4);
    packed.codes.fill(0xff);
    const before = { ...packed, codes: packed.codes.slice(), scale: packed.scale.slice() };

    expect(() => {
      update(gradientOf(4, [0], [-0.1, -0.1, -0.1, -0.1]), 1, 0);
    }).toThrow("step of a row: value Infinity");

    expect(packed).toEqual(before);
  });
});

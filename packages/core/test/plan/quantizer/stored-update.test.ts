import { describe, expect, test } from "vitest";
import { createStoredUpdate, DqrmError, type StoredQuantization } from "../../../src/index.ts";
import { floatsOf, gradientOf, kernels, nearest, sgd, stochastic, storedCase } from "./stored-cases.ts";

const int8 = (rounding: StoredQuantization["rounding"]): StoredQuantization => ({
  kind: "stored",
  bits: 8,
  rounding,
  step: { kind: "absmax" },
});

/** Fails with probability δ at most by Hoeffding: the mean of `count` numbers in [0, 1] is this close to its expectation. */
const hoeffding = (count: number, delta: number): number => Math.sqrt(Math.log(2 / delta) / (2 * count));

describe("stochastic rounding", () => {
  test("is unbiased: a third of a step up becomes a whole step in a third of the cases", () => {
    const steps = 2000;
    const cols = 33;
    // Column 0 holds the row's largest weight, 127 steps of 1: the scale stays 1. The others move up by 0.3.
    const row = Float32Array.from({ length: cols }, (_, c) => (c === 0 ? 127 : 5));
    const gradient = gradientOf(cols, [0], [0, ...new Array<number>(cols - 1).fill(-0.3)]);
    let sum = 0;

    for (let step = 0; step < steps; step++) {
      const { packed, update } = storedCase(int8(stochastic), row, cols);
      update(gradient, 1, step);
      for (const weight of floatsOf(packed).subarray(1)) sum += weight - 5;
    }

    const count = steps * (cols - 1);
    // Beside chance: 5.3 and its product with 1/scale are rounded to f32, each within 2^-24 of a magnitude below 8.
    expect(Math.abs(sum / count - 0.3)).toBeLessThan(hoeffding(count, 1e-9) + 2 * 8 * 2 ** -24);
  });

  test("keeps small changes that rounding to nearest loses", () => {
    const steps = 200;
    const cols = 17;
    const row = Float32Array.from({ length: cols }, (_, c) => (c === 0 ? 127 : 0));
    const gradient = gradientOf(cols, [0], [0, ...new Array<number>(cols - 1).fill(-0.3)]);
    const moved = (rounding: StoredQuantization["rounding"]): number => {
      const { packed, update } = storedCase(int8(rounding), row, cols);
      for (let step = 0; step < steps; step++) update(gradient, 1, step);
      return floatsOf(packed).reduce((sum, weight) => sum + weight, -127) / (cols - 1);
    };

    // 16 weights of 200 steps each: every move is whole, 0 or 1 with mean 0.3, so the mean of all obeys Hoeffding too.
    const bound = steps * (hoeffding(steps * (cols - 1), 1e-9) + 2 * 127 * 2 ** -24);
    expect(moved(nearest)).toBe(0);
    expect(Math.abs(moved(stochastic) - 0.3 * steps)).toBeLessThan(bound);
  });

  test("gives a row the same codes wherever it stands in the gradient", () => {
    const cols = 5;
    const weights = Float32Array.from({ length: 4 * cols }, (_, i) => Math.sin(i));
    const values = Array.from({ length: 4 * cols }, (_, i) => Math.cos(3 * i) / 50);
    const backwards = [3, 2, 1, 0].flatMap((row) => values.slice(row * cols, (row + 1) * cols));
    const [a, b] = [storedCase(int8(stochastic), weights, cols), storedCase(int8(stochastic), weights, cols)];

    a.update(gradientOf(cols, [0, 1, 2, 3], values), 1, 9);
    b.update(gradientOf(cols, [3, 2, 1, 0], backwards), 1, 9);

    expect(b.packed).toEqual(a.packed);
  });

  test.each([
    ["another step", { seed: 1, stream: 7 }, 10],
    ["another table", { seed: 1, stream: 8 }, 9],
    ["another seed", { seed: 2, stream: 7 }, 9],
    ["a step beyond 32 bits", { seed: 1, stream: 7 }, 2 ** 32 + 9],
  ] as const)("draws other numbers for %s", (_, key, step) => {
    const cols = 64;
    const weights = Float32Array.from({ length: cols }, (_unused, i) => Math.sin(i));
    const gradient = gradientOf(
      cols,
      [0],
      Array.from({ length: cols }, (_unused, i) => Math.cos(3 * i) / 50),
    );
    const one = storedCase(int8(stochastic), weights, cols);
    const other = storedCase(int8(stochastic), weights, cols, { key });

    one.update(gradient, 1, 9);
    other.update(gradient, 1, step);

    expect(other.packed.codes).not.toEqual(one.packed.codes);
  });
});

describe("rows", () => {
  test("a row whose whole gradient is zero keeps codes and scale, and another row is updated beside it", () => {
    const cols = 2;
    const { packed, update } = storedCase(int8(stochastic), Float32Array.of(0.3, -0.7, 0.1, 0.2), cols);
    // Row 0 does not fill its codes: chosen anew, its scale would be another one.
    packed.codes.set([130, 125]);
    const before = { codes: packed.codes.slice(), scale: packed.scale.slice() };

    update(gradientOf(cols, [0, 1], [0, 0, 0, 1]), 1, 3);

    expect([...packed.codes.subarray(0, 2), packed.scale[0]]).toEqual([
      ...before.codes.subarray(0, 2),
      before.scale[0],
    ]);
    expect(packed.scale[1]).not.toBe(before.scale[1]);
  });

  test("a table that was never filled starts at zero and learns", () => {
    const cols = 2;
    const { packed, update } = storedCase(int8(nearest), new Float32Array(4), cols);
    packed.codes.fill(0);
    packed.scale.fill(0);

    update(gradientOf(cols, [1], [1.27, -0.5]), 1, 0);

    expect([...floatsOf(packed)].map((w) => Math.round(w * 100))).toEqual([0, 0, -127, 50]);
  });
});

describe("what an update refuses, before any row changes", () => {
  const cols = 2;
  const finite = gradientOf(cols, [0, 1], [1, 1, 1, 1]);

  test.each([
    ["a row outside the table", gradientOf(cols, [0, 2], [1, 1, 1, 1]), 1, "INDEX_RANGE"],
    ["a negative row", gradientOf(cols, [0, -1], [1, 1, 1, 1]), 1, "INDEX_RANGE"],
    ["a NaN gradient", gradientOf(cols, [0, 1], [1, 1, 1, Number.NaN]), 1, "NON_FINITE"],
    ["an update beyond f32", gradientOf(cols, [0, 1], [1, 1, 1, 1]), -1e39, "NON_FINITE"],
    ["a learning rate that is infinite", finite, Number.POSITIVE_INFINITY, "VALUE"],
    ["fewer rows than it counts", { ...finite, count: 3 }, 1, "SHAPE"],
    ["fewer values than it counts", { ...finite, values: new Float32Array(3) }, 1, "SHAPE"],
  ] as const)("%s", (_, gradient, rate, code) => {
    const optimizer = { kind: "adagrad", epsilon: 1e-10 } as const;
    const { optimizerState, packed, update } = storedCase(
      int8(stochastic),
      Float32Array.of(1, 2, 3, 4),
      cols,
      {
        optimizer,
      },
    );
    const before = [packed.codes.slice(), packed.scale.slice(), optimizerState.slice()];
    let failure: unknown;

    try {
      update(gradient, rate, 0);
    } catch (error) {
      failure = error;
    }

    expect(failure instanceof DqrmError && failure.code).toBe(code);
    expect([packed.codes, packed.scale, optimizerState]).toEqual(before);
  });

  test("an update beyond f32 where the step is learned, and would clip it in silence", () => {
    const step = { kind: "learned", learningRate: 0 } as const;
    const { packed, update } = storedCase({ ...int8(nearest), step }, Float32Array.of(1, 2), cols);
    const before = packed.codes.slice();

    expect(() => {
      update(gradientOf(cols, [0], [1, 1]), -1e39, 0);
    }).toThrow("updated weight: value Infinity at position 0");

    expect(packed.codes).toEqual(before);
  });

  test("codes of another format", () => {
    const { optimizerState, packed } = storedCase(int8(nearest), Float32Array.of(1, 2), cols);
    const quantization = { ...int8(nearest), bits: 4 } as const;
    const key = { seed: 1, stream: 0 };

    expect(() =>
      createStoredUpdate({ quantization, packed, optimizer: sgd, optimizerState, key }, kernels),
    ).toThrow("storedUpdate: format is");
  });
});

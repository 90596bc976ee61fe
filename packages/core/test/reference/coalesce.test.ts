import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKernels, createRowGradient, jaggedFrom, reference, type RowGradient } from "@dqrm/core";

const kernels = createKernels([reference]);

function entries(gradient: RowGradient): [row: number, values: number[]][] {
  const { cols, rows, values } = gradient;
  return Array.from({ length: gradient.count }, (_, k) => [
    rows[k],
    [...values.slice(k * cols, (k + 1) * cols)],
  ]);
}

/** Sums in a Map, which also keeps the order of first appearance. */
function bruteForce(rows: readonly number[], values: readonly (readonly number[])[]): [number, number[]][] {
  const sums = new Map<number, number[]>();
  rows.forEach((row, k) => {
    const sum = sums.get(row) ?? values[k].map(() => 0);
    sums.set(
      row,
      sum.map((s, c) => Math.fround(s + values[k][c])),
    );
  });
  return [...sums];
}

describe("embeddingBagBackward", () => {
  const spec = { cols: 2, pooling: "sum", stride: 2, offset: 0 } as const;

  it("sums the gradients of a row over bags, each row once in order of first appearance", () => {
    const backward = kernels.prepare("embeddingBagBackward", spec);
    const out = createRowGradient(2, 1);

    backward(
      Float32Array.of(1, 2, 10, 20),
      9,
      jaggedFrom([
        [7, 3],
        [3, 3],
      ]),
      out,
    );

    expect(entries(out)).toEqual([
      [7, [1, 2]],
      [3, [21, 42]],
    ]);
  });

  it("divides by the number of indices for mean, and multiplies by the weights", () => {
    const backward = kernels.prepare("embeddingBagBackward", { ...spec, pooling: "mean" });
    const out = createRowGradient(2, 4);
    const bags = { ...jaggedFrom([[7, 3]]), weights: Float32Array.of(1, 3) };

    backward(Float32Array.of(4, 8), 9, bags, out);

    expect(entries(out)).toEqual([
      [7, [2, 4]],
      [3, [6, 12]],
    ]);
  });

  it("rounds the factor of a mean to f32 before it multiplies", () => {
    const backward = kernels.prepare("embeddingBagBackward", {
      ...spec,
      cols: 1,
      pooling: "mean",
      stride: 1,
    });
    const out = createRowGradient(1, 3);

    backward(Float32Array.of(5), 9, jaggedFrom([[1, 2, 3]]), out);

    // One third in f32 is 1/3 + 2^-25/3, so that five of them round up, where 5/3 rounds down.
    expect(out.values[0]).toBe(Math.fround(Math.fround(1 / 3) * 5));
    expect(out.values[0]).toBeGreaterThan(Math.fround(5 / 3));
  });

  it("reads the gradient at its place in a wider matrix", () => {
    const backward = kernels.prepare("embeddingBagBackward", { ...spec, stride: 4, offset: 1 });
    const out = createRowGradient(2, 4);

    backward(Float32Array.of(0, 1, 2, 0, 0, 3, 4, 0), 9, jaggedFrom([[5], [6]]), out);

    expect(entries(out)).toEqual([
      [5, [1, 2]],
      [6, [3, 4]],
    ]);
  });

  it("refuses an index outside the table", () => {
    const backward = kernels.prepare("embeddingBagBackward", spec);

    expect(() => backward(new Float32Array(2), 9, jaggedFrom([[9]]), createRowGradient(2, 1))).toThrow(
      "embeddingBagBackward: index 9 at position 0 is outside [0, 9)",
    );
  });
});

describe("coalesceRows", () => {
  it("refuses a result of another width", () => {
    const coalesce = kernels.prepare("coalesceRows", { cols: 2 });

    expect(() => coalesce(new Int32Array(1), new Float32Array(2), 1, createRowGradient(3, 1))).toThrow(
      "coalesceRows: out has 3 elements, expected 2",
    );
  });

  it("equals sums in a Map, whatever the scratch held and however often it is used", () => {
    const row = fc.oneof(
      fc.nat({ max: 7 }),
      fc.nat({ max: 2 ** 31 - 1 }),
      fc.nat({ max: 2000 }).map((k) => k << 20),
    );
    const call = fc.array(fc.tuple(row, fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true }))), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 3 }), fc.integer(), (calls, garbage) => {
        const coalesce = kernels.prepare("coalesceRows", { cols: 2 });
        const out = createRowGradient(2, 1);
        for (const terms of calls) {
          const rows = terms.map(([r]) => r);
          const values = terms.map(([, v]) => v.map((x) => (Object.is(x, -0) ? 0 : x)));
          out.slots.fill(garbage);

          coalesce(Int32Array.from(rows), Float32Array.from(values.flat()), terms.length, out);

          expect(entries(out)).toEqual(bruteForce(rows, values));
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

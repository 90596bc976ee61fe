import { createDenseSink, lowRank, randomK, topK, type SectionedCodec } from "@dqrm/comm";
import { codecConformance } from "@dqrm/comm/conformance";
import { createRandom, createRowGradient, type RowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { runKit } from "./run-kit.ts";

const key = { seed: 3, stream: 1 };

function wholeGradient(rows: number, cols: number, value: (row: number, col: number) => number): RowGradient {
  const gradient = createRowGradient(cols, rows);
  gradient.count = rows;
  for (let r = 0; r < rows; r++) {
    gradient.rows[r] = r;
    for (let c = 0; c < cols; c++) gradient.values[r * cols + c] = value(r, c);
  }
  return gradient;
}

function roundTrip(codec: SectionedCodec, gradient: RowGradient): Float32Array {
  const out = new Uint8Array(codec.maxBytes(gradient.count, gradient.cols));
  const bytes = codec.encode(gradient, out, key);
  const sum = new Float32Array(gradient.count * gradient.cols);
  codec.decode(out.subarray(0, bytes), createDenseSink(sum, gradient.count, gradient.cols));
  return sum;
}

describe("topK", () => {
  const exact = { share: 1, values: "float32", rounding: "nearest", entropy: false } as const;
  const tenth = { ...exact, share: 0.1, values: "int8", entropy: true } as const;
  const promise = { rows: "any", unbiased: false, detectsDamage: true } as const;
  runKit(codecConformance(topK(exact), { ...promise, relativeError: 0 }));
  // What is not sent is wrong by itself.
  runKit(codecConformance(topK(tenth), { ...promise, relativeError: 1, errorRelativeTo: "gradient" }));

  test("sends exactly the values that are largest, the first of equal ones", () => {
    const random = createRandom(key);
    const gradient = wholeGradient(40, 25, () => Math.fround(Math.round(random.normal() * 8) / 8));
    const ranked = [...gradient.values.keys()].sort(
      (a, b) => Math.abs(gradient.values[b]) - Math.abs(gradient.values[a]) || a - b,
    );
    const expected = new Float32Array(1000);
    for (const place of ranked.slice(0, 100)) expected[place] = gradient.values[place];

    expect(roundTrip(topK({ ...exact, share: 0.1 }), gradient)).toEqual(expected);
  });

  test.each([0, -1, 1.5, Number.NaN])("refuses a share of %s", (share) => {
    expect(() => topK({ ...exact, share })).toThrow(expect.objectContaining({ code: "VALUE" }));
  });
});

describe("randomK", () => {
  // One value of four is sent four times as large: off by 3 when it is, by 1 when it is not.
  runKit(
    codecConformance(randomK({ share: 0.25 }), {
      rows: "any",
      relativeError: 3,
      errorRelativeTo: "gradient",
      unbiased: true,
      detectsDamage: true,
    }),
  );
});

describe("lowRank", () => {
  runKit(
    codecConformance(lowRank({ rank: 2, values: "float32" }), {
      rows: "all",
      // The error of a projection is at most the matrix, and a value of it at most the norm of its column: √rows peaks.
      relativeError: Math.sqrt(40) + 1,
      errorRelativeTo: "gradient",
      unbiased: false,
      detectsDamage: true,
    }),
  );

  test("sends its matrices in half the bytes, and errs by their rounding", () => {
    const random = createRandom(key);
    const gradient = wholeGradient(50, 30, () => random.normal());
    const [floats, halves] = (["float32", "bfloat16"] as const).map((values) => lowRank({ rank: 2, values }));

    const [exact, rounded] = [floats, halves].map((codec) => roundTrip(codec, gradient));

    expect([floats, halves].map((codec) => codec.section.maxBodyBytes(50, 30))).toEqual([641, 321]);
    // Each factor is off by 2^-9 of itself, and P is orthonormal: a product by twice that of the norms of a row and a column.
    const norm = Math.sqrt(gradient.values.reduce((sum, value) => sum + value * value, 0));
    rounded.forEach((value, i) => {
      expect(Math.abs(value - exact[i])).toBeLessThan(2 * 2 ** -8 * norm);
    });
  });

  test("gives back a matrix of its rank, and is a projection of any other", () => {
    const random = createRandom(key);
    const factors = Float64Array.from({ length: 160 }, () => random.normal());
    const exact = wholeGradient(50, 30, (r, c) =>
      Math.fround(factors[2 * r] * factors[100 + 2 * c] + factors[2 * r + 1] * factors[101 + 2 * c]),
    );
    const noisy = wholeGradient(50, 30, () => random.normal());

    const back = roundTrip(lowRank({ rank: 2, values: "float32" }), exact);
    const projected = roundTrip(lowRank({ rank: 2, values: "float32" }), noisy);

    const scale = Math.max(...exact.values.map(Math.abs));
    // Sums of 50 products in double of factors in f32.
    back.forEach((value, i) => {
      expect(Math.abs(value - exact.values[i])).toBeLessThan(50 * 2 ** -23 * scale);
    });
    const energy = (values: Float32Array): number => values.reduce((sum, v) => sum + v * v, 0);
    const left = energy(noisy.values.map((v, i) => v - projected[i]));
    expect(Math.abs(left + energy(projected) - energy(noisy.values))).toBeLessThan(
      1e-5 * energy(noisy.values),
    );
  });

  test("sends a bias as it is", () => {
    const bias = wholeGradient(64, 1, (r) => Math.sin(r));

    expect(roundTrip(lowRank({ rank: 2, values: "float32" }), bias)).toEqual(bias.values);
  });

  test.each([0, 65, 1.5])("refuses rank %s", (rank) => {
    expect(() => lowRank({ rank, values: "float32" })).toThrow(expect.objectContaining({ code: "VALUE" }));
  });
});

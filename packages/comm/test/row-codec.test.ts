import { rowCodec, type RowCodecOptions } from "@dqrm/comm";
import { codecConformance, type CodecPromise } from "@dqrm/comm/conformance";
import { createRowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { runKit } from "./run-kit.ts";

/** A scale and a product are each rounded to f32 once. */
const ROUNDED = 2 ** -22;

/** A scale of a block is rounded up to bfloat16, whose fraction has 7 bits, and whose smallest number is 2^−133. */
const BLOCK = 1 + 2 ** -7;

type Subject = readonly [RowCodecOptions, Omit<CodecPromise, "rows" | "detectsDamage">];

const nearest = { rounding: "nearest", entropy: false } as const;
const random = { rounding: "stochastic", entropy: false } as const;

const subjects: readonly Subject[] = [
  [
    { values: "float32", scale: { kind: "tensor" }, ...nearest },
    { relativeError: 0, unbiased: true },
  ],
  [
    { values: "float32", scale: { kind: "row" }, ...nearest, entropy: true },
    { relativeError: 0, unbiased: true },
  ],
  [
    { values: "bfloat16", scale: { kind: "tensor" }, ...nearest },
    { relativeError: 2 ** -8, absoluteError: 2 ** -134, unbiased: false },
  ],
  [
    { values: "float16", scale: { kind: "row" }, ...nearest },
    { relativeError: 2 ** -11, unbiased: false },
  ],
  [
    { values: "int16", scale: { kind: "tensor" }, ...nearest },
    { relativeError: 1 / 65_534 + ROUNDED, errorRelativeTo: "gradient", unbiased: false },
  ],
  [
    { values: "int8", scale: { kind: "row" }, ...nearest },
    { relativeError: 1 / 254 + ROUNDED, unbiased: false },
  ],
  [
    { values: "int8", scale: { kind: "tensor" }, ...nearest, entropy: true },
    { relativeError: 1 / 254 + ROUNDED, errorRelativeTo: "gradient", unbiased: false },
  ],
  [
    { values: "int8", scale: { kind: "block", values: 16 }, ...random },
    { relativeError: BLOCK / 127, errorRelativeTo: "gradient", absoluteError: 2 ** -133, unbiased: true },
  ],
  [
    { values: "int4", scale: { kind: "row" }, ...random },
    { relativeError: 1 / 7 + ROUNDED, unbiased: true },
  ],
  [
    { values: "int4", scale: { kind: "block", values: 64 }, ...nearest, entropy: true },
    { relativeError: BLOCK / 14, errorRelativeTo: "gradient", absoluteError: 2 ** -133, unbiased: false },
  ],
  [
    { values: "ternary", scale: { kind: "row" }, ...random },
    { relativeError: 1, unbiased: true },
  ],
  [
    { values: "ternary", scale: { kind: "tensor" }, ...nearest, entropy: true },
    { relativeError: 0.5, errorRelativeTo: "gradient", unbiased: false },
  ],
  [
    { values: "sign", scale: { kind: "tensor" }, ...nearest },
    { relativeError: 1, errorRelativeTo: "gradient", unbiased: false },
  ],
];

test("a codec of rows says where in the gradient a NaN stands, in whatever order its rows are", () => {
  const codec = rowCodec({ values: "int8", scale: { kind: "row" }, ...nearest });
  const gradient = createRowGradient(2, 2);
  gradient.count = 2;
  gradient.rows.set([7, 3]);
  gradient.values.set([0, Number.NaN, 1, 1]);

  expect(() => codec.encode(gradient, new Uint8Array(codec.maxBytes(2, 2)), { seed: 1, stream: 0 })).toThrow(
    expect.objectContaining({
      code: "NON_FINITE",
      details: { what: "gradient", position: 1, actual: "NaN" },
    }),
  );
});

describe.each(subjects)("%o", (options, promise) => {
  runKit(codecConformance(rowCodec(options), { ...promise, rows: "any", detectsDamage: true }));
  runKit(codecConformance(rowCodec(options), { ...promise, rows: "all", detectsDamage: true }));
});

test.each([
  [{ values: "sign", scale: { kind: "tensor" }, ...random }, "rounding"],
  [{ values: "int8", scale: { kind: "block", values: 24 }, ...nearest }, "block"],
  [{ values: "int8", scale: { kind: "block", values: 8 }, ...nearest }, "block"],
] as const)("a codec of %o is refused", (options, what) => {
  expect(() => rowCodec(options)).toThrow(`: ${what} is`);
});

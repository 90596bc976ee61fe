import { allocateRows, createKernels, defineKernels, reference, type RowFormat } from "@dqrm/core";
import { createQuantizer, dequantizeTable, percentileRange, quantizeTable } from "@dqrm/quant";
import { describe, expect, test } from "vitest";
import { storedCodes } from "./codes.ts";

const nearest = { rounding: "nearest" } as const;
const int4: RowFormat = { bits: 4, cols: 3, scheme: "symmetric", granularity: { kind: "row" } };

test("symmetric 4 bits by hand: scale 0.5, codes 8 + w/0.5, halves to even", () => {
  // absmax 3.5 / 7 = 0.5; 3.5 → 7, 0.25 → 0.5 → 0, 0.75 → 1.5 → 2
  const packed = quantizeTable(Float32Array.of(3.5, 0.25, 0.75), 1, int4, nearest);

  expect(packed.scale[0]).toBe(0.5);
  expect([...storedCodes(packed)]).toEqual([15, 8, 10]);
  expect([...packed.codes]).toEqual([15 | (8 << 4), 10]);
});

test("asymmetric 2 bits by hand: scale 1, bias −1", () => {
  const format: RowFormat = { bits: 2, cols: 4, scheme: "asymmetric", granularity: { kind: "row" } };

  // (2 − −1)/3 = 1; −1 → 0, 2 → 3, 0.4 → 1.4 → 1, 0.6 → 1.6 → 2
  const packed = quantizeTable(Float32Array.of(-1, 2, 0.4, 0.6), 1, format, nearest);

  expect([packed.scale[0], packed.bias[0]]).toEqual([1, -1]);
  expect([...storedCodes(packed)]).toEqual([0, 3, 1, 2]);
  expect([...dequantizeTable(packed)]).toEqual([-1, 2, 0, 1]);
});

test("one bit by hand: the sign, times the largest magnitude", () => {
  const format: RowFormat = { bits: 1, cols: 3, scheme: "symmetric", granularity: { kind: "table" } };

  const packed = quantizeTable(Float32Array.of(0.5, -0.25, 0), 1, format, nearest);

  expect([...dequantizeTable(packed)]).toEqual([0.5, -0.5, 0.5]);
});

test("groups of two columns have a scale each, the last group is narrower", () => {
  const format: RowFormat = { ...int4, granularity: { kind: "group", groupCols: 2 } };

  const packed = quantizeTable(Float32Array.of(7, 1, 14, 3.5, 0, 0.7), 2, format, nearest);

  expect([...packed.scale]).toEqual([1, 2, 0.5, Math.fround(Math.fround(0.7) / 7)]);
});

test("a table of zeros quantizes to zeros", () => {
  const packed = quantizeTable(new Float32Array(6), 2, int4, nearest);

  expect([...dequantizeTable(packed)]).toEqual([0, 0, 0, 0, 0, 0]);
});

test("a table without rows quantizes to one without rows", () => {
  const packed = quantizeTable(new Float32Array(0), 0, int4, nearest);

  expect([packed.rows, packed.codes.length, packed.scale.length]).toEqual([0, 0, 0]);
});

test("a percentile range clips the outlier and keeps the others fine", () => {
  const format: RowFormat = { ...int4, cols: 100, granularity: { kind: "table" } };
  const weights = Float32Array.from({ length: 100 }, (_, i) => (i === 50 ? 1000 : (i % 15) - 7));

  const packed = quantizeTable(weights, 1, format, {
    ...nearest,
    range: percentileRange({ lower: 1, upper: 99 }),
  });

  const back = dequantizeTable(packed);
  expect(back[50]).toBe(7);
  expect([...back].filter((_, i) => i !== 50)).toEqual([...weights].filter((_, i) => i !== 50));
});

test("a range estimator sees each scale's weights once, in order", () => {
  const seen: number[][] = [];
  const format: RowFormat = { ...int4, granularity: { kind: "group", groupCols: 2 } };

  quantizeTable(Float32Array.of(1, 2, 3, 4, 5, 6), 2, format, {
    ...nearest,
    range: (values) => {
      seen.push([...values]);
      return { min: -7, max: 7 };
    },
  });

  expect(seen).toEqual([[1, 2], [3], [4, 5], [6]]);
});

test("the given kernels serve the call", () => {
  const asked: string[] = [];
  const spy = defineKernels("spy", {
    quantizeRows: (spec) => {
      asked.push(`${spec.rounding} ${spec.format.bits}`);
      return reference.ops.quantizeRows?.(spec);
    },
  });

  quantizeTable(Float32Array.of(1, 2, 3), 1, int4, { ...nearest, kernels: createKernels([spy, reference]) });

  expect(asked).toEqual(["nearest 4"]);
});

describe("a call is refused when", () => {
  test("the weights do not fill the rows", () => {
    expect(() => quantizeTable(new Float32Array(5), 2, int4, nearest)).toThrow(
      expect.objectContaining({
        code: "SHAPE",
        message: "quantizeTable: weights has 5 elements, expected 6",
      }),
    );
  });

  test.each([NaN, Infinity, -Infinity])("a weight is %s", (value) => {
    expect(() => quantizeTable(Float32Array.of(1, value, 0), 1, int4, nearest)).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
  });

  test("the columns are none", () => {
    expect(() => quantizeTable(new Float32Array(0), 2, { ...int4, cols: 0 }, nearest)).toThrow(
      expect.objectContaining({ code: "VALUE" }),
    );
  });

  test("the columns exceed the limit, before anything is allocated", () => {
    expect(() => quantizeTable(new Float32Array(0), 2, { ...int4, cols: 2 ** 40 }, nearest)).toThrow(
      expect.objectContaining({ code: "LIMIT" }),
    );
  });

  test("the kernels lack an op", () => {
    expect(() => createQuantizer(int4, { ...nearest, kernels: createKernels([]) })).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED" }),
    );
  });

  test("a destination is too short", () => {
    const quantizer = createQuantizer(int4, nearest);

    expect(() => {
      quantizer.dequantize(allocateRows(int4, 2), new Float32Array(5));
    }).toThrow(expect.objectContaining({ code: "SHAPE" }));
  });
});

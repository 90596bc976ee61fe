import { isDqrmError, type RowFormat } from "@dqrm/core";
import {
  asFbgemmRows,
  createFakeQuantizer,
  dequantizeTable,
  everyStep,
  greedyRange,
  levelRange,
  measureDistortion,
  percentileRange,
  quantizeTable,
  scaleOfRange,
} from "@dqrm/quant";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { granularities } from "./codes.ts";

const nearest = { rounding: "nearest" } as const;
const half = { kind: "relative", value: 1 / 6 } as const;
const zone: RowFormat = { bits: 3, cols: 4, scheme: "dead-zone", granularity: { kind: "row" } };

test("3 bits by hand: top 6, threshold 6/6, levels 2, 4, 6", () => {
  const packed = quantizeTable(Float32Array.of(6, -0.99, -1, 3.5), 1, zone, { ...nearest, threshold: half });

  expect([packed.scale[0], packed.bias[0]]).toEqual([6, 1]);
  expect([...dequantizeTable(packed)]).toEqual([6, 0, -2, 4]);
});

test("a log dead zone by hand: top 32, absolute threshold 1, levels 2, 8, 32", () => {
  const threshold = { kind: "absolute", value: 1 } as const;
  const format: RowFormat = { ...zone, scheme: "dead-zone-log" };

  const packed = quantizeTable(Float32Array.of(32, -1, 6, 0.5), 1, format, { ...nearest, threshold });

  expect([...dequantizeTable(packed)]).toEqual([32, -2, 8, 0]);
});

test("with the threshold that INT4 has by itself, a dead zone moves no weight further from it than rounding does", () => {
  const weights = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(granularities, weights, (granularity, values) => {
      const source = Float32Array.from(values);
      const options = { ...nearest, threshold: { kind: "relative", value: 1 / 14 } } as const;
      const packed = quantizeTable(source, 3, { ...zone, bits: 4, granularity }, options);

      const uniform = quantizeTable(
        source,
        3,
        { ...zone, bits: 4, scheme: "symmetric", granularity },
        nearest,
      );

      const other = dequantizeTable(uniform);
      const spacing = Math.max(...uniform.scale);
      dequantizeTable(packed).forEach((level, i) => {
        const scale = spacing;
        // Ties go elsewhere: beside them the levels agree, each product rounded to f32.
        const tie = Math.abs(Math.abs(level - other[i]) - scale) <= scale * 2 ** -20;
        const atEdge = Math.abs(Math.abs(source[i] - level) - scale / 2) <= scale * 2 ** -18;
        expect(Math.abs(level - other[i]) <= 7 * scale * 2 ** -22 || (tie && atEdge)).toBe(true);
      });
    }),
    { seed: 1, numRuns: 100 },
  );
});

describe("the threshold", () => {
  const refused = (run: () => unknown): boolean => {
    try {
      run();
    } catch (error) {
      return isDqrmError(error, "VALUE");
    }
    return false;
  };

  test.each([
    ["missing for a dead zone", () => quantizeTable(new Float32Array(4), 1, zone, nearest)],
    [
      "negative",
      () =>
        quantizeTable(new Float32Array(4), 1, zone, {
          ...nearest,
          threshold: { kind: "absolute", value: -1 },
        }),
    ],
    [
      "given to symmetric codes",
      () =>
        quantizeTable(
          new Float32Array(4),
          1,
          { ...zone, scheme: "symmetric" },
          { ...nearest, threshold: half },
        ),
    ],
  ])("is refused when %s", (_, run) => {
    expect(refused(run)).toBe(true);
  });
});

test("a range that leaves outliers outside lowers top and threshold, and what is above the top is counted", () => {
  const weights = Float32Array.from({ length: 100 }, (_, i) => (i === 50 ? 1000 : (i % 13) - 6));
  const format: RowFormat = { ...zone, cols: 100 };
  const range = percentileRange({ lower: 1, upper: 99 });

  const packed = quantizeTable(weights, 1, format, { ...nearest, range, threshold: half });

  expect([packed.scale[0], packed.bias[0]]).toEqual([6, 1]);
  expect(dequantizeTable(packed)[50]).toBe(6);
  expect(measureDistortion(weights, packed).clampedCount).toBe(1);
});

test("a fake quantizer keeps thresholds beside its scales, and passes no gradient above the top when clipped", () => {
  const fake = createFakeQuantizer(zone, {
    rows: 1,
    refresh: everyStep,
    gradient: "clipped",
    threshold: half,
  });
  const weights = Float32Array.of(6, -0.5, 1, -3.5);
  const seen = new Float32Array(4);
  fake.refresh(weights, 0);

  fake.forward(weights, seen, 0, 1);
  weights[0] = 6.5;
  const gradient = new Float32Array(4).fill(1);
  fake.backward(weights, gradient, 0, 1);

  expect([...fake.bias]).toEqual([1]);
  expect([...seen]).toEqual([6, 0, 2, -4]);
  expect([...gradient]).toEqual([0, 1, 1, 1]);
});

test("a range gives a dead zone its top alone, and its codes are no multiples", () => {
  expect(scaleOfRange({ bits: 4, scheme: "dead-zone" }, { min: -3, max: 2 })).toEqual({ scale: 3, bias: 0 });
  expect(() => levelRange({ bits: 4, scheme: "dead-zone" })).toThrow("scheme is dead-zone");
});

test("what needs equal steps refuses a dead zone: FBGEMM's rows, and the search for a range", () => {
  const packed = quantizeTable(new Float32Array(4), 1, { ...zone, bits: 4 }, { ...nearest, threshold: half });

  expect(() => asFbgemmRows(packed)).toThrow("4 bits, dead-zone, and a scale per row");
  expect(() => greedyRange({ bits: 4, scheme: "dead-zone" }, { bins: 10, ratio: 0.5 })).toThrow(
    "scheme is dead-zone",
  );
});

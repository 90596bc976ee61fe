import type { RowFormat } from "@dqrm/core";
import { dequantizeTable, measureDistortion, quantizeTable } from "@dqrm/quant";
import fc from "fast-check";
import { expect, test } from "vitest";
import { storedCodes, tables } from "./codes.ts";

const runs = { seed: 1, numRuns: 300 };
const nearest = { rounding: "nearest" } as const;

test("the report by hand: 2 bits, one scale", () => {
  const format: RowFormat = { bits: 2, cols: 4, scheme: "symmetric", granularity: { kind: "table" } };
  const packed = quantizeTable(Float32Array.of(1, 0, 0, 0), 1, format, nearest);

  // Scale 1: the codes are those of 1, 0, 0, 0; against other weights the errors are 2, 0.25, 0, 0.5.
  const report = measureDistortion(Float32Array.of(3, 0.25, 0, -0.5), packed);

  expect(report.maxError).toBe(2);
  expect(report.meanSquaredError).toBe((4 + 0.0625 + 0.25) / 4);
  expect(report.signalToNoiseDb).toBe(10 * Math.log10((9 + 0.0625 + 0.25) / (4 + 0.0625 + 0.25)));
  expect(report.zeroShare).toBe(0.75);
  expect(report.clampedCount).toBe(1);
  expect([...report.histogram]).toEqual([0, 0, 3, 1]);
});

test("the report agrees with the definitions on any table", () => {
  fc.assert(
    fc.property(tables, ({ format, rows, weights }) => {
      const packed = quantizeTable(weights, rows, format, nearest);

      const report = measureDistortion(weights, packed);

      const back = dequantizeTable(packed);
      const codes = storedCodes(packed);
      expect(report.count).toBe(weights.length);
      expect(report.maxError).toBe(weights.reduce((most, w, i) => Math.max(most, Math.abs(back[i] - w)), 0));
      expect(report.zeroShare).toBe(back.filter((v) => v === 0).length / weights.length);
      expect(report.clampedCount).toBe(0);
      report.histogram.forEach((count, code) => {
        if (count > 0) expect(count).toBe(codes.filter((c) => c === code).length);
      });
      expect(report.histogram.reduce((a, b) => a + b, 0)).toBe(weights.length);
    }),
    runs,
  );
});

test("a lossless table has no noise", () => {
  const format: RowFormat = { bits: 8, cols: 2, scheme: "symmetric", granularity: { kind: "table" } };

  const report = measureDistortion(
    Float32Array.of(127, -3),
    quantizeTable(Float32Array.of(127, -3), 1, format, nearest),
  );

  expect(report.signalToNoiseDb).toBe(Infinity);
});

test("a table without weights reports zeros", () => {
  const format: RowFormat = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "row" } };

  const report = measureDistortion(
    new Float32Array(0),
    quantizeTable(new Float32Array(0), 0, format, nearest),
  );

  expect([report.count, report.meanSquaredError, report.zeroShare]).toEqual([0, 0, 0]);
});

test("a table longer than the scratch memory is measured whole", () => {
  const rows = 10_000;
  const format: RowFormat = { bits: 4, cols: 1, scheme: "symmetric", granularity: { kind: "row" } };
  const weights = Float32Array.from({ length: rows }, (_, i) => i - 5000);

  const report = measureDistortion(weights, quantizeTable(weights, rows, format, nearest));

  // One column, one scale for each row: every weight is its own peak, code ±7; only the zero is code 0.
  expect([report.histogram[1], report.histogram[8], report.histogram[15]]).toEqual([5000, 1, 4999]);
  // 7 · f32(w/7) differs from w by two f32 roundings at most.
  expect(report.maxError).toBeLessThanOrEqual(5000 * 2 * 2 ** -24);
});

test("a shared scale puts small weights into the dead zone, a scale for each row does not", () => {
  const rows = 100;
  const weights = Float32Array.from({ length: rows * 4 }, (_, i) => (i < 4 ? 1 : 0.01 * Math.cos(i)));
  const share = (kind: "table" | "row"): number => {
    const format: RowFormat = { bits: 4, cols: 4, scheme: "symmetric", granularity: { kind } };
    return measureDistortion(weights, quantizeTable(weights, rows, format, nearest)).zeroShare;
  };

  // Half a step of the shared scale is 1/14 > 0.01: all rows but the first are zero.
  expect(share("table")).toBe(0.99);
  expect(share("row")).toBeLessThan(0.2);
});

test("weights of another length are refused", () => {
  const format: RowFormat = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "row" } };
  const packed = quantizeTable(new Float32Array(4), 2, format, nearest);

  expect(() => measureDistortion(new Float32Array(5), packed)).toThrow(
    expect.objectContaining({ code: "SHAPE" }),
  );
});

import type { RowFormat } from "@dqrm/core";
import {
  absmaxRange,
  dequantizeTable,
  fullRange,
  greedyRange,
  GUAN_GREEDY,
  meanSquaredErrorRange,
  percentileRange,
  quantizeFbgemmTable,
  quantizeTable,
  type RangeEstimator,
  type SearchedFormat,
} from "@dqrm/quant";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tables } from "./codes.ts";

const runs = { seed: 1, numRuns: 200 };
const searches = [
  ["greedy", (format: SearchedFormat) => greedyRange(format, GUAN_GREEDY)],
  ["mean squared error", (format: SearchedFormat) => meanSquaredErrorRange(format, { steps: 64 })],
] as const;

function errorOf(weights: Float32Array, rows: number, format: RowFormat, range?: RangeEstimator): number {
  const packed = quantizeTable(weights, rows, format, {
    rounding: "nearest",
    ...(range === undefined ? {} : { range }),
  });
  return squared(weights, dequantizeTable(packed));
}

function squared(weights: Float32Array, back: Float32Array): number {
  return weights.reduce((sum, weight, i) => sum + (back[i] - weight) ** 2, 0);
}

/** Gaussian weights with a few outliers a hundred times as large: what a search is for. */
function heavyTailed(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const bell = Math.sin(7 * i) + Math.sin(11.3 * i) + Math.sin(17.9 * i);
    return i % 997 === 5 ? 40 * bell : bell / 3;
  });
}

describe.each(searches)("the %s search", (_, search) => {
  test("never loses more than the exact range, whatever format and weights", () => {
    fc.assert(
      fc.property(tables, ({ format, rows, weights }) => {
        const found = errorOf(weights, rows, format, search(format));

        const exact = errorOf(weights, rows, format);

        // Each span gained or stayed; the sums over spans are rounded, once for each weight.
        expect(found).toBeLessThanOrEqual(exact * (1 + weights.length * 2 ** -52));
      }),
      runs,
    );
  });

  test("never loses more on FBGEMM's rows, whose scales are halves", () => {
    const rowsOfWeights = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), {
      minLength: 16,
      maxLength: 16,
    });
    fc.assert(
      fc.property(rowsOfWeights, fc.constantFrom(2 as const, 4 as const), (values, bits) => {
        const weights = Float32Array.from(values);
        const layout = { bits, cols: 8 };
        const range = search({ bits, scheme: "asymmetric", scales: "half" });

        const found = squared(weights, dequantizeTable(quantizeFbgemmTable(weights, 2, layout, { range })));

        const exact = squared(weights, dequantizeTable(quantizeFbgemmTable(weights, 2, layout)));
        expect(found).toBeLessThanOrEqual(exact * (1 + weights.length * 2 ** -52));
      }),
      runs,
    );
  });

  test("finds a better range of a long table than the exact one, from a summary", () => {
    const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
    const weights = heavyTailed(16 * 8192);

    const found = errorOf(weights, 8192, format, search(format));

    expect(found).toBeLessThan(errorOf(weights, 8192, format));
  });

  test("keeps the range of equal weights, of one weight and of none", () => {
    const estimate = search({ bits: 4, scheme: "asymmetric" });

    expect(estimate(Float32Array.of(3, 3, 3))).toEqual({ min: 3, max: 3 });
    expect(estimate(Float32Array.of(-2))).toEqual({ min: -2, max: -2 });
    expect(estimate(new Float32Array(0))).toEqual({ min: 0, max: 0 });
  });

  test("gives the same range whatever it saw before", () => {
    const format = { bits: 4, scheme: "asymmetric" } as const;
    const first = Float32Array.of(0, 1, 2, 9, 4, 4.5);
    const used = search(format);
    used(heavyTailed(5000));

    expect(used(first)).toEqual(search(format)(first));
  });

  test("refuses weights that are no numbers", () => {
    expect(() => search({ bits: 4, scheme: "symmetric" })(Float32Array.of(1, NaN))).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
  });

  test("leaves a width beyond f32 to whoever chooses the scale", () => {
    const format = { bits: 4, cols: 2, scheme: "asymmetric", granularity: { kind: "row" } } as const;

    expect(() => errorOf(Float32Array.of(-3e38, 3e38), 1, format, search(format))).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
  });
});

test("the greedy search by hand: two levels, four steps", () => {
  const estimate = greedyRange({ bits: 1, scheme: "asymmetric" }, { bins: 4, ratio: 1 });

  // One bit knows both ends. [0, 4] costs 1² + 1² = 2. Step 1: [1, 4] costs 1 + 0 + 1 = 2, [0, 3] costs 1 + 0 + 1 = 2, a
  // tie, taken from above. Step 2: from [0, 3] either [1, 3] at 1 + 0 + 0 + 1 = 2 or [0, 2] at 1 + 1 + 4 = 6: nothing gains.
  expect(estimate(Float32Array.of(0, 1, 3, 4))).toEqual({ min: 0, max: 4 });
  // [0, 8] costs 3·2² = 12. [2, 8] costs 2² = 4, [0, 6] costs 3·2² + 2² = 16: the first is taken, and then stays best.
  expect(estimate(Float32Array.of(0, 2, 2, 2, 8))).toEqual({ min: 2, max: 8 });
});

test("the greedy search cuts off no more than its ratio", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (list, ratio) => {
        const values = Float32Array.from(list);
        const full = fullRange(values);

        const { max, min } = greedyRange({ bits: 3, scheme: "asymmetric" }, { bins: 50, ratio })(values);

        const width = full.max - full.min;
        // The last step may go beyond the ratio by less than itself.
        expect(max - min).toBeGreaterThanOrEqual(width * (1 - ratio - 1 / 50) - 50 * 2 ** -52 * 200);
        expect(min).toBeGreaterThanOrEqual(full.min);
        expect(max).toBeLessThanOrEqual(full.max);
      },
    ),
    runs,
  );
});

test("the mean squared error search reaches the best of its grid of peaks, and moves on from there", () => {
  const weights = heavyTailed(2000);
  const format = { bits: 4, cols: 2000, scheme: "symmetric", granularity: { kind: "row" } } as const;
  const { max: peak } = absmaxRange(weights);
  const steps = 200;
  const grid = Array.from({ length: steps }, (_, k) => (peak * (k + 1)) / steps);

  const found = errorOf(weights, 1, format, meanSquaredErrorRange(format, { steps }));

  const best = Math.min(
    ...grid.map((bound) => errorOf(weights, 1, format, () => ({ min: -bound, max: bound }))),
  );
  expect(found).toBeLessThan(best);
});

test("the mean squared error search beats percentiles and the greedy search on outliers", () => {
  const weights = heavyTailed(16 * 500);
  const format = { bits: 4, cols: 16, scheme: "asymmetric", granularity: { kind: "table" } } as const;
  const lost = (range: RangeEstimator): number => errorOf(weights, 500, format, range);

  const found = lost(meanSquaredErrorRange(format, { steps: 200 }));

  expect(found).toBeLessThan(lost(greedyRange(format, GUAN_GREEDY)));
  for (const upper of [99, 99.5, 99.9, 99.99]) {
    expect(found).toBeLessThanOrEqual(lost(percentileRange({ lower: 100 - upper, upper })));
  }
});

test("one symmetric bit keeps the mean magnitude", () => {
  const weights = Float32Array.of(1, -2, 3, -6);

  const { max } = meanSquaredErrorRange({ bits: 1, scheme: "symmetric" }, { steps: 16 })(weights);

  expect(max).toBe(3);
});

test.each([0, -1, 2.5, NaN, 65_537])("%s steps are refused", (steps) => {
  expect(() => meanSquaredErrorRange({ bits: 4, scheme: "symmetric" }, { steps })).toThrow(
    expect.objectContaining({ code: "VALUE" }),
  );
  expect(() => greedyRange({ bits: 4, scheme: "symmetric" }, { bins: steps, ratio: 0.1 })).toThrow(
    expect.objectContaining({ code: "VALUE" }),
  );
});

test.each([0, -0.5, 1.01, NaN])("a ratio of %s is refused", (ratio) => {
  expect(() => greedyRange({ bits: 4, scheme: "symmetric" }, { bins: 200, ratio })).toThrow(
    expect.objectContaining({ code: "VALUE" }),
  );
});

test("levels with a dead zone are not searched", () => {
  expect(() => greedyRange({ bits: 4, scheme: "dead-zone" }, GUAN_GREEDY)).toThrow(
    expect.objectContaining({ code: "VALUE" }),
  );
});

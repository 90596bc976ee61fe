import { scaleRefreshDue } from "@dqrm/core";
import {
  absmaxRange,
  createRunningRange,
  everyStep,
  everySteps,
  fullRange,
  levelRange,
  once,
  percentileRange,
  scaleOfRange,
  zeroPoint,
} from "@dqrm/quant";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const runs = { seed: 1, numRuns: 300 };
const values = fc
  .array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 })
  .map((list) => Float32Array.from(list));

test("the full range and the absmax range of nothing are zero", () => {
  expect(fullRange(new Float32Array(0))).toEqual({ min: 0, max: 0 });
  expect(absmaxRange(new Float32Array(0))).toEqual({ min: 0, max: 0 });
});

test("a range refuses NaN and infinities and says where", () => {
  expect(() => fullRange(Float32Array.of(1, 2, NaN))).toThrow(
    expect.objectContaining({
      code: "NON_FINITE",
      details: { what: "range of weights", position: 2, actual: "NaN" },
    }),
  );
  expect(() => percentileRange({ lower: 1, upper: 99 })(Float32Array.of(-Infinity))).toThrow(
    expect.objectContaining({ code: "NON_FINITE" }),
  );
});

test("percentiles are the k-th smallest and the k-th largest value", () => {
  fc.assert(
    fc.property(
      values,
      fc.double({ min: 0.1, max: 49, noNaN: true }),
      fc.double({ min: 50, max: 100, noNaN: true }),
      (list, lower, upper) => {
        const { max, min } = percentileRange({ lower, upper })(list);

        // Counted, not sorted: exactly k values are at most the k-th smallest, ties aside. Halves: the tie rule of round.
        const near = (x: number): number[] =>
          [Math.floor(x + 0.5), Math.ceil(x - 0.5)].map((k) => Math.max(1, k));
        const isKth = (k: number, holds: (v: number) => boolean, strictly: (v: number) => boolean): boolean =>
          list.filter(holds).length >= k && list.filter(strictly).length < k;
        const n = list.length;
        expect(
          near(n * upper * 0.01).some((k) =>
            isKth(
              k,
              (v) => v <= max,
              (v) => v < max,
            ),
          ),
        ).toBe(true);
        expect(
          near(n * (1 - lower * 0.01)).some((k) =>
            isKth(
              k,
              (v) => v >= min,
              (v) => v > min,
            ),
          ),
        ).toBe(true);
      },
    ),
    runs,
  );
});

test("percentile ranks round halves to even, as Python does", () => {
  const five = Float32Array.of(5, 1, 4, 2, 3);

  // 5 · 50 % = 2.5 → 2, the second smallest; 5 · (1 − 30 %) = 3.5 → 4, the fourth largest.
  expect(percentileRange({ lower: 30, upper: 50 })(five)).toEqual({ min: 2, max: 2 });
});

test("percentiles 0 and 100 are zero and the largest value", () => {
  expect(percentileRange({ lower: 0, upper: 100 })(Float32Array.of(3, 1, 2))).toEqual({ min: 0, max: 3 });
});

test("a percentile range leaves the values as they were", () => {
  const list = Float32Array.of(3, 1, 2);

  percentileRange({ lower: 1, upper: 99 })(list);

  expect([...list]).toEqual([3, 1, 2]);
});

test.each([
  { lower: -1, upper: 99 },
  { lower: 50, upper: 50 },
  { lower: 1, upper: 100.5 },
  { lower: NaN, upper: 99 },
])("percentiles $lower and $upper are refused", (percentiles) => {
  expect(() => percentileRange(percentiles)).toThrow(expect.objectContaining({ code: "VALUE" }));
});

describe("a running range", () => {
  test("moves by the momentum, by hand", () => {
    const running = createRunningRange({ kind: "ema", momentum: 0.95 });
    running.observe(Float32Array.of(-2, 4));

    const range = running.observe(Float32Array.of(-4, 8));

    // −2 · 0.95 − 4 · 0.05 = −2.1; 4 · 0.95 + 8 · 0.05 = 4.2
    expect(range).toEqual({ min: Math.fround(-2.1), max: Math.fround(4.2) });
  });

  test("approaches a steady range geometrically", () => {
    const momentum = 0.5;
    const running = createRunningRange({ kind: "ema", momentum });
    running.observe(Float32Array.of(0, 1));

    for (let i = 0; i < 10; i++) running.observe(Float32Array.of(0, 2));

    // The distance to 2 halves ten times; powers of two are exact.
    expect(running.state).toEqual({ min: 0, max: 2 - 2 ** -10, observations: 11 });
  });

  test("never leaves the hull of what it saw", () => {
    fc.assert(
      fc.property(
        fc.array(values, { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seen, momentum) => {
          const running = createRunningRange({ kind: "ema", momentum });
          let range = { min: 0, max: 0 };

          for (const batch of seen) range = { ...running.observe(batch) };

          const all = seen.flatMap((batch) => [...batch]);
          const slack = seen.length * 2 ** -24 * 100;
          expect(range.min).toBeGreaterThanOrEqual(Math.min(...all) - slack);
          expect(range.max).toBeLessThanOrEqual(Math.max(...all) + slack);
          expect(range.min).toBeLessThanOrEqual(range.max);
        },
      ),
      runs,
    );
  });

  test("with extremes it is the full range of everything", () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 8 }), (seen) => {
        const running = createRunningRange({ kind: "extremes" });

        for (const batch of seen) running.observe(batch);

        const { max, min } = running.state;
        expect({ min, max }).toEqual(fullRange(Float32Array.from(seen.flatMap((batch) => [...batch]))));
      }),
      runs,
    );
  });

  test("continues from its state, bit for bit", () => {
    const following = { kind: "ema", momentum: 0.9 } as const;
    const whole = createRunningRange(following);
    const first = createRunningRange(following);
    const batches = [0, 1, 2, 3].map((i) => Float32Array.of(Math.sin(i), Math.cos(i)));

    batches.forEach((batch) => whole.observe(batch));
    batches.slice(0, 2).forEach((batch) => first.observe(batch));
    const second = createRunningRange(following, structuredClone(first.state));
    batches.slice(2).forEach((batch) => second.observe(batch));

    expect(second.state).toEqual(whole.state);
  });

  test("an empty batch and a refused one change nothing", () => {
    const running = createRunningRange({ kind: "extremes" });
    running.observe(Float32Array.of(1));

    running.observe(new Float32Array(0));
    expect(() => running.observe(Float32Array.of(5, NaN))).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );

    expect(running.state).toEqual({ min: 1, max: 1, observations: 1 });
  });

  test.each([-0.1, 1.1, NaN])("refuses momentum %s", (momentum) => {
    expect(() => createRunningRange({ kind: "ema", momentum })).toThrow(
      expect.objectContaining({ code: "VALUE" }),
    );
  });
});

test("scale policies say when to recompute", () => {
  const steps = [0, 1, 2, 3, 4, 5, 6];
  const due = (policy: typeof everyStep): number[] => steps.filter((step) => scaleRefreshDue(policy, step));

  expect(due(everyStep)).toEqual(steps);
  expect(due(everySteps(3))).toEqual([0, 3, 6]);
  expect(due(once)).toEqual([0]);
});

test.each([0, -1, 1.5, NaN])("a period of %s steps is refused", (period) => {
  expect(() => everySteps(period)).toThrow(expect.objectContaining({ code: "VALUE" }));
});

test("the scale of a tiny range is that of 1e-8", () => {
  const { scale } = scaleOfRange({ bits: 4, scheme: "symmetric" }, { min: 0, max: 0 });

  expect(scale).toBe(Math.fround(Math.fround(1e-8) / 7));
});

test("the levels of 16 bits are those of a signed integer", () => {
  expect(levelRange({ bits: 16, scheme: "symmetric" })).toEqual({ lowest: -32768, highest: 32767, step: 1 });
});

test("a zero point of an all-positive range is not above zero", () => {
  expect(zeroPoint(0.5, 1.25)).toBe(-2);
});

test.each([
  [-0.5, 0],
  [-1.5, 2],
  [-2.5, 2],
])("a zero point between two codes goes to the even one: bias %s", (bias, expected) => {
  expect(zeroPoint(1, bias)).toBe(expected);
});

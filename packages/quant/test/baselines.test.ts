import { createDorefa, createLsq } from "@dqrm/quant";
import { describe, expect, test } from "vitest";

describe("LSQ", () => {
  const options = { bits: 4, cols: 3, rows: 2, granularity: "row", gradientElements: 6 } as const;

  test("starts at 2·mean|x|/√7, row by row, and never at zero", () => {
    const lsq = createLsq(options);

    lsq.initialize(Float32Array.of(1, -2, 3, 0, 0, 0));

    expect([...lsq.scale]).toEqual([Math.fround(4 / Math.sqrt(7)), Math.fround(1e-8)]);
  });

  test("gives the gradient of the step by hand", () => {
    const lsq = createLsq({ ...options, granularity: "table" });
    lsq.scale[0] = 1;
    const gradient = Float32Array.of(1, 1, 1, 10, 10, 10);
    const scaleGradient = new Float32Array(1);

    // x/s = 0.25, 20, −20: 0 − 0.25, 7 and −8; the second row repeats it with ten times the gradient.
    lsq.backward(Float32Array.of(0.25, 20, -20, 0.25, 20, -20), gradient, scaleGradient, 0, 2);

    const exact = (11 * (-0.25 + 7 - 8)) / Math.sqrt(7 * 6);
    // The sums of both rows are added to an f32: two roundings.
    expect(Math.abs(scaleGradient[0] - exact)).toBeLessThanOrEqual(2 * 2 ** -24 * Math.abs(exact));
    expect([...gradient]).toEqual([1, 0, 0, 10, 0, 0]);
  });

  test("refuses arrays that are too short for the rows, and steps that are not above zero", () => {
    const lsq = createLsq(options);
    const short = new Float32Array(5);
    const long = new Float32Array(6);

    expect(() => {
      lsq.initialize(short);
    }).toThrow("lsq: x has 5 elements, expected 6");
    expect(() => {
      lsq.forward(short, long, 0, 2);
    }).toThrow("lsq: x has 5 elements, expected 6");
    expect(() => {
      lsq.forward(long, short, 0, 2);
    }).toThrow("lsq: quantized has 5 elements, expected 6");
    expect(() => {
      lsq.backward(long, short, new Float32Array(2), 0, 2);
    }).toThrow("lsq: gradient has 5 elements, expected 6");
    expect(() => {
      lsq.backward(long, long, new Float32Array(1), 0, 2);
    }).toThrow("lsq: scaleGradient has 1 elements, expected 2");
    expect(() => {
      lsq.backward(long, long, new Float32Array(2), 0, 2);
    }).toThrow("lsq: scale is 0, expected a number above 0");
  });

  test("adds to the gradient of the steps, so that parts of a batch accumulate", () => {
    const lsq = createLsq(options);
    lsq.scale.fill(1);
    const scaleGradient = Float32Array.of(5, 5);

    lsq.backward(new Float32Array(6).fill(0.25), new Float32Array(6).fill(1), scaleGradient, 1, 2);

    expect(scaleGradient[0]).toBe(5);
    expect(scaleGradient[1]).toBe(Math.fround(5 + -0.75 / Math.sqrt(42)));
  });

  test("learns a step that lowers the error", () => {
    const x = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i * 1.7) + Math.sin(i * 0.3));
    const lsq = createLsq({ bits: 3, cols: 300, rows: 1, granularity: "table", gradientElements: 300 });
    lsq.scale[0] = 0.1;
    const seen = new Float32Array(300);
    const loss = (): number => {
      lsq.forward(x, seen, 0, 1);
      return x.reduce((sum, value, i) => sum + (seen[i] - value) ** 2, 0);
    };
    const before = loss();

    for (let step = 0; step < 100; step++) {
      loss();
      const gradient = seen.map((value, i) => 2 * (value - x[i]));
      const scaleGradient = new Float32Array(1);
      lsq.backward(x, gradient, scaleGradient, 0, 1);
      lsq.scale[0] -= 0.01 * scaleGradient[0];
    }

    expect(loss()).toBeLessThan(before / 4);
  });

  test("refuses a step that is not above zero, and counts that are not positive", () => {
    const lsq = createLsq(options);

    expect(() => {
      lsq.forward(new Float32Array(6), new Float32Array(6), 0, 1);
    }).toThrow(expect.objectContaining({ code: "VALUE" }));
    for (const wrong of [{ bits: 1 }, { cols: 0 }, { rows: 1.5 }, { gradientElements: 0 }] as const) {
      expect(() => createLsq({ ...options, ...wrong })).toThrow(expect.objectContaining({ code: "VALUE" }));
    }
  });

  test("refuses to start from weights that are no numbers", () => {
    const lsq = createLsq(options);

    expect(() => {
      lsq.initialize(Float32Array.of(1, NaN, 1, 1, 1, 1));
    }).toThrow(expect.objectContaining({ code: "NON_FINITE" }));
  });
});

describe("DoReFa", () => {
  const weights = Float32Array.of(0.08, -0.02, 0.05, -0.1, 0);

  test("stays in the weights' range with absmax output, and fills [−1, 1] without", () => {
    const own = new Float32Array(5);
    const unit = new Float32Array(5);

    createDorefa({ bits: 4, output: "absmax" }).forward(weights, own);
    createDorefa({ bits: 4, output: "unit" }).forward(weights, unit);

    expect(Math.min(...own)).toBe(Math.fround(-0.1));
    expect(Math.min(...unit)).toBe(-1);
  });

  test.each(["unit", "absmax"] as const)("has the slope of its tanh with %s output", (output) => {
    const dorefa = createDorefa({ bits: 4, output });
    const gradient = new Float32Array(5).fill(1);

    dorefa.backward(weights, gradient);

    const peak = Math.tanh(Math.fround(0.1));
    const factor = output === "unit" ? 1 : Math.fround(0.1);
    const h = 1e-4;
    weights.forEach((w, i) => {
      const slope = ((Math.tanh(w + h) - Math.tanh(w - h)) / (2 * h) / peak) * factor;
      // Central difference: h²/6 · max|tanh'''| = h²/3 at most 2; the gradient is rounded to f32 once.
      const allowed = ((h * h) / 3 / peak) * factor + slope * 2 ** -22;
      expect(Math.abs(gradient[i] - slope)).toBeLessThanOrEqual(allowed);
    });
  });

  test("maps a tensor of zeros to the step next to zero", () => {
    const seen = new Float32Array(2);

    createDorefa({ bits: 2, output: "unit" }).forward(new Float32Array(2), seen);

    // ½ · 3 = 1.5 → 2 (even), 2 · 2/3 − 1 = ⅓
    expect([...seen]).toEqual([Math.fround(1 / 3), Math.fround(1 / 3)]);
  });

  test("refuses weights that are no numbers", () => {
    expect(() => {
      createDorefa({ bits: 2, output: "unit" }).forward(Float32Array.of(0, Infinity), new Float32Array(2));
    }).toThrow(
      expect.objectContaining({
        code: "NON_FINITE",
        details: { what: "dorefa weights", position: 1, actual: "Infinity" },
      }),
    );
  });
});

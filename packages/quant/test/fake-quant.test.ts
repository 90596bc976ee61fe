import type { RowFormat } from "@dqrm/core";
import {
  createFakeQuantizer,
  createLinearFakeQuantizer,
  createRunningRange,
  dequantizeTable,
  everyStep,
  everySteps,
  levelRange,
  once,
  quantizeTable,
} from "@dqrm/quant";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scaleAt, tables } from "./codes.ts";

const runs = { seed: 1, numRuns: 300 };
const int2: RowFormat = { bits: 2, cols: 2, scheme: "symmetric", granularity: { kind: "table" } };
const passing = { refresh: everyStep, gradient: "straight-through" } as const;

test("the forward pass equals what the packed table would give, bit for bit", () => {
  fc.assert(
    fc.property(tables, ({ format, rows, weights }) => {
      const fake = createFakeQuantizer(format, { rows, ...passing });
      const seen = new Float32Array(weights.length);

      fake.refresh(weights, 0);
      fake.forward(weights, seen, 0, rows);

      const packed = dequantizeTable(quantizeTable(weights, rows, format, { rounding: "nearest" }));
      expect([...seen]).toEqual([...packed]);
    }),
    runs,
  );
});

test("the forward pass is idempotent under one scale, and works in place", () => {
  fc.assert(
    fc.property(tables, ({ format, rows, weights }) => {
      const fake = createFakeQuantizer(format, { rows, ...passing });
      fake.refresh(weights, 0);
      const first = new Float32Array(weights.length);
      fake.forward(weights, first, 0, rows);

      const again = first.slice();
      fake.forward(again, again, 0, rows);

      expect([...again]).toEqual([...first]);
    }),
    runs,
  );
});

test("the rows outside the range of a call are left alone", () => {
  const fake = createFakeQuantizer(int2, { rows: 3, ...passing });
  const weights = Float32Array.of(1, 1, 1, 1, 1, 1);
  fake.refresh(weights, 0);
  const seen = new Float32Array(6).fill(9);

  fake.forward(weights, seen, 1, 2);

  expect([...seen]).toEqual([9, 9, 1, 1, 9, 9]);
});

test("a periodic scale stays until it is due, and clips what outgrew it", () => {
  const fake = createFakeQuantizer(int2, { rows: 1, refresh: everySteps(2), gradient: "straight-through" });
  const weights = Float32Array.of(1, 0.2);
  const seen = new Float32Array(2);

  const due = [0, 1, 2].map((step) => {
    const refreshed = fake.refresh(weights, step);
    fake.forward(weights, seen, 0, 1);
    weights[0] += 4;
    return [refreshed, fake.scale[0], seen[0]];
  });

  // Levels −2 to 1: with scale 1 the weight 5 becomes 1.
  expect(due).toEqual([
    [true, 1, 1],
    [false, 1, 1],
    [true, 9, 9],
  ]);
});

test("the gradient passes straight through, clipped weights included", () => {
  const fake = createFakeQuantizer(int2, { rows: 1, refresh: once, gradient: "straight-through" });
  fake.refresh(Float32Array.of(1, 0), 0);
  const gradient = Float32Array.of(3, -4);

  fake.backward(Float32Array.of(100, -100), gradient, 0, 1);

  expect([...gradient]).toEqual([3, -4]);
});

describe("the clipped gradient", () => {
  const options = { rows: 1, refresh: once, gradient: "clipped" } as const;

  test("stops where the code had to be clamped, by hand", () => {
    const fake = createFakeQuantizer({ ...int2, cols: 6 }, options);
    fake.scale[0] = 1;
    const gradient = new Float32Array(6).fill(1);

    // Levels −2 to 1. 1.5 would round to 2: clamped. −2.5 rounds to −2: not clamped.
    fake.backward(Float32Array.of(1.4, 1.5, 9, -2.5, -2.6, 0), gradient, 0, 1);

    expect([...gradient]).toEqual([1, 0, 0, 1, 0, 1]);
  });

  test("stops nothing right after an exact refresh", () => {
    fc.assert(
      fc.property(tables, ({ format, rows, weights }) => {
        const fake = createFakeQuantizer(format, { ...options, rows });
        fake.refresh(weights, 0);
        const gradient = new Float32Array(weights.length).fill(1);

        fake.backward(weights, gradient, 0, rows);

        expect(gradient.every((value) => value === 1)).toBe(true);
      }),
      runs,
    );
  });

  test("stops exactly the weights whose error exceeds half a step when the scale shrinks", () => {
    fc.assert(
      fc.property(
        tables.filter(({ format, weights }) => format.bits <= 8 && weights.some((w) => Math.abs(w) > 1e-6)),
        ({ format, rows, weights }) => {
          const fake = createFakeQuantizer(format, { ...options, rows });
          fake.refresh(weights, 0);
          for (let i = 0; i < fake.scale.length; i++) fake.scale[i] *= 0.4;
          const seen = new Float32Array(weights.length);
          fake.forward(weights, seen, 0, rows);
          const gradient = new Float32Array(weights.length).fill(1);

          fake.backward(weights, gradient, 0, rows);

          const { step } = levelRange(format);
          weights.forEach((weight, i) => {
            const half = (step / 2) * fake.scale[scaleAt(format, i)];
            const error = Math.abs(weight - seen[i]);
            // The tie itself, and f32 rounding around it, may fall on either side.
            if (error > half * 1.001) expect(gradient[i]).toBe(0);
            if (error < half * 0.999) expect(gradient[i]).toBe(1);
          });
        },
      ),
      runs,
    );
  });
});

test("a range estimator decides the scale: a running range of the table", () => {
  const running = createRunningRange({ kind: "ema", momentum: 0.5 });
  const fake = createFakeQuantizer(int2, { rows: 1, ...passing, range: (values) => running.observe(values) });

  fake.refresh(Float32Array.of(1, -1), 0);
  fake.refresh(Float32Array.of(3, -3), 1);

  expect(fake.scale[0]).toBe(2);
});

test("a forward pass before the first refresh is refused", () => {
  const fake = createFakeQuantizer(int2, { rows: 1, ...passing });

  expect(() => {
    fake.forward(Float32Array.of(1, 1), new Float32Array(2), 0, 1);
  }).toThrow(expect.objectContaining({ code: "STATE" }));
});

test("arrays that are too short are refused", () => {
  const fake = createFakeQuantizer(int2, { rows: 2, refresh: once, gradient: "clipped" });

  expect(() => fake.refresh(new Float32Array(3), 0)).toThrow(expect.objectContaining({ code: "SHAPE" }));
  expect(() => {
    fake.backward(new Float32Array(4), new Float32Array(3), 0, 2);
  }).toThrow(expect.objectContaining({ code: "SHAPE" }));
});

describe("a linear layer's fake quantizer", () => {
  const shape = { inputs: 2, outputs: 2 };
  const weight = Float32Array.of(1, 0.2, -4, 3);
  const bias = Float32Array.of(0.7, 100);

  function quantized(granularity: "channel" | "matrix", kind: "float" | "same"): number[][] {
    const fake = createLinearFakeQuantizer(shape, { kind: "fake", bits: 2, granularity, bias: kind });
    const seen = { weight: new Float32Array(4), bias: new Float32Array(2) };
    fake.forward(weight, bias, seen.weight, seen.bias);
    return [[...fake.scale], [...seen.weight], [...seen.bias]];
  }

  test("has one scale for each output with channel, by hand", () => {
    // Row 1: scale 1, codes 1 and 0. Row 2: scale 4, codes −1 and 1 (0.75 → 1). Biases: 0.7 → 1; 100/4 clamps to 1.
    expect(quantized("channel", "same")).toEqual([
      [1, 4],
      [1, 0, -4, 4],
      [1, 4],
    ]);
  });

  test("has one scale with matrix, by hand", () => {
    // Scale 4: 0.25 → 0, 0.05 → 0, −1, 0.75 → 1; biases 0.175 → 0 and 25 → 1.
    expect(quantized("matrix", "same")).toEqual([[4], [0, 0, -4, 4], [0, 4]]);
  });

  test("keeps a float bias", () => {
    expect(quantized("channel", "float")[2]).toEqual([...bias]);
  });

  test("refuses arrays that are too short", () => {
    const fake = createLinearFakeQuantizer(shape, {
      kind: "fake",
      bits: 4,
      granularity: "channel",
      bias: "same",
    });

    expect(() => {
      fake.forward(weight, bias, new Float32Array(3), bias);
    }).toThrow(expect.objectContaining({ code: "SHAPE" }));
  });
});

test("a backward pass refuses weights that are too short to tell which were clamped", () => {
  const fake = createFakeQuantizer(int2, { rows: 2, refresh: everyStep, gradient: "clipped" });
  fake.refresh(new Float32Array(4).fill(1), 0);

  expect(() => {
    fake.backward(new Float32Array(2), new Float32Array(4), 0, 2);
  }).toThrow("fakeQuantizer.backward: array has 2 elements, expected 4");
});

import { expect, test } from "vitest";
import { createRandom, createRowGradient, symmetricScale } from "../../../src/index.ts";
import { smallBatch, smallPlan, smallSpec, smallState } from "../small-model.ts";
import { initialStep, prepareStepLearning } from "../../../src/plan/quantizer/learned-step.ts";

const ROWS = 64;
const COLS = 8;

/** Pulls a table from weights of 0.0003 to weights of 0.15, as click logs do, through codes of 4 bits. */
function trainTowards(
  step: { readonly kind: "relative"; readonly rate: number } | { readonly kind: "gradient" },
  learningRate: number,
): { readonly scale: number; readonly first: number; readonly error: number; readonly absmax: number } {
  const random = createRandom({ seed: 2, stream: 0 });
  const weights = Float32Array.from({ length: ROWS * COLS }, () => 0.0006 * (random.next() - 0.5));
  const target = Float32Array.from({ length: ROWS * COLS }, () => 0.15 * random.normal());
  const first = initialStep(weights, 4, "item");
  const scale = Float32Array.of(first);
  const learn = prepareStepLearning({ bits: 4, weights, scale, step });
  const gradient = createRowGradient(COLS, ROWS);
  const seen = (i: number): number => {
    const code = Math.min(7, Math.max(-8, Math.round(weights[i] / scale[0])));
    return code * scale[0];
  };
  for (let k = 0; k < 4000; k++) {
    gradient.count = 16;
    for (let r = 0; r < 16; r++) {
      const row = (16 * k + r) % ROWS;
      gradient.rows[r] = row;
      for (let c = 0; c < COLS; c++)
        gradient.values[r * COLS + c] = seen(row * COLS + c) - target[row * COLS + c];
    }
    learn(gradient, learningRate);
    for (let r = 0; r < 16; r++) {
      for (let c = 0; c < COLS; c++) {
        weights[gradient.rows[r] * COLS + c] -= learningRate * gradient.values[r * COLS + c];
      }
    }
  }
  const errors = target.map((t, i) => (seen(i) - t) ** 2);
  const error = Math.sqrt(errors.reduce((sum, e) => sum + e, 0) / errors.length);
  return { scale: scale[0], first, error, absmax: Math.max(...target.map(Math.abs)) };
}

test.each([0.3, 0.03])(
  "a relative step follows a table that grows five hundredfold, at the rate %d",
  (rate) => {
    const { absmax, error, first, scale } = trainTowards({ kind: "relative", rate: 0.05 }, rate);

    expect(scale / first).toBeGreaterThan(100);
    // Codes of the table's absmax err by step/√12 where they are not clipped; a learned step may not be worse than twice that.
    expect(error).toBeLessThan((2 * symmetricScale(absmax, 4)) / Math.sqrt(12));
  },
);

test("a relative step moves by at most the factor of its rate", () => {
  const weights = Float32Array.of(9, -9);
  const scale = Float32Array.of(1);
  const learn = prepareStepLearning({ bits: 4, weights, scale, step: { kind: "relative", rate: 0.1 } });
  const gradient = createRowGradient(2, 1);
  gradient.count = 1;
  // Both weights are clipped, and both gradients ask for more: the cosine is that of (7, -8) and (1, -1).
  gradient.values.set([-1, 1]);

  learn(gradient, 0.5);

  const cosine = 15 / Math.sqrt(2 * (49 + 64));
  expect(scale[0]).toBe(Math.fround(Math.exp(0.1 * cosine)));
  expect([...gradient.values]).toEqual([0, 0]);
});

test("a step falls to no zero, whatever its gradient", () => {
  const weights = Float32Array.of(0.9);
  const scale = Float32Array.of(0.1);
  const learn = prepareStepLearning({ bits: 4, weights, scale, step: { kind: "gradient" } });
  const gradient = createRowGradient(1, 1);
  gradient.count = 1;
  gradient.values.set([1e30]);

  learn(gradient, 1);

  expect(scale[0]).toBe(Math.fround(1e-8));
});

test("a gradient of zeros moves no step", () => {
  const scale = Float32Array.of(0.1);
  const learn = prepareStepLearning({
    bits: 4,
    weights: Float32Array.of(0.33),
    scale,
    step: { kind: "relative", rate: 1 },
  });
  const gradient = createRowGradient(1, 1);
  gradient.count = 1;

  learn(gradient, 1);

  expect(scale[0]).toBe(Math.fround(0.1));
});

test("a learning rate that is no number moves neither step nor rows", () => {
  const spec = smallSpec({ kind: "learned-step", bits: 4, step: { kind: "gradient" } });
  const state = smallState(spec);
  const plan = smallPlan(spec, state);
  plan.forwardBackward(smallBatch());
  const { scale, weights } = state.tables[0];
  const before = [...scale, ...weights];

  expect(() => {
    plan.apply(Number.NaN);
  }).toThrow("learningRate");

  expect([...scale, ...weights]).toEqual(before);
});

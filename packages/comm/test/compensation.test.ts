import {
  createDenseSink,
  errorFeedback,
  momentumCorrection,
  rowCodec,
  topK,
  type SectionedCodec,
} from "@dqrm/comm";
import { createRandom, createRowGradient, type RowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";

const shape = { rows: 8, cols: 64 };
const total = shape.rows * shape.cols;

const int8 = rowCodec({ values: "int8", scale: { kind: "tensor" }, rounding: "nearest", entropy: false });
const sign = rowCodec({ values: "sign", scale: { kind: "tensor" }, rounding: "nearest", entropy: false });

function wholeGradient(): RowGradient {
  const gradient = createRowGradient(shape.cols, shape.rows);
  gradient.count = shape.rows;
  for (let r = 0; r < shape.rows; r++) gradient.rows[r] = r;
  return gradient;
}

/** Sends the gradients of several workers for some steps; gives the error of all that was sent against the true sum. */
function accumulatedError(
  codec: SectionedCodec,
  workers: number,
  steps: number,
): { readonly error: number; readonly residuals: readonly Float32Array[] } {
  const random = createRandom({ seed: 1, stream: 0 });
  const feedback = Array.from({ length: workers }, () => errorFeedback(codec, shape));
  const gradient = wholeGradient();
  const out = new Uint8Array(codec.maxBytes(shape.rows, shape.cols));
  const exact = new Float64Array(total);
  const sent = new Float32Array(total);
  const sentSum = new Float64Array(total);
  const sink = createDenseSink(sent, shape.rows, shape.cols);
  for (let step = 0; step < steps; step++) {
    for (const [worker, sender] of feedback.entries()) {
      for (let i = 0; i < total; i++) {
        gradient.values[i] = random.normal() * 10 ** -(worker + 1);
        exact[i] += gradient.values[i];
      }
      const bytes = sender.encode(gradient, out, { seed: 1, stream: step });
      sent.fill(0);
      codec.decode(out.subarray(0, bytes), sink);
      for (let i = 0; i < total; i++) sentSum[i] += sent[i];
    }
  }
  let error = 0;
  for (let i = 0; i < total; i++) error = Math.max(error, Math.abs(exact[i] - sentSum[i]));
  return { error, residuals: feedback.map(({ state }) => state[0]) };
}

describe("error feedback", () => {
  test("keeps the error of 2000 steps of four workers below one scale, for INT8", () => {
    const { error, residuals } = accumulatedError(int8, 4, 2000);

    // A residual is at most half a scale of its sender: the largest gradients are 5 · 0.1 and 5 · 0.01 and so on.
    const bound = [0.1, 0.01, 0.001, 0.0001].reduce((sum, deviation) => sum + (6 * deviation) / 127 / 2, 0);
    expect(error).toBeLessThan(bound);
    const lost = residuals.reduce((sum, values) => sum + Math.max(...values.map(Math.abs)), 0);
    expect(error).toBeLessThanOrEqual(lost + 2000 * 2 ** -22);
  });

  test("lets one bit a value sum up to the gradient, which one bit alone does not", () => {
    const gradient = wholeGradient();
    for (let i = 0; i < total; i++) gradient.values[i] = i < total / 2 ? 1 : 0.01;
    const feedback = errorFeedback(sign, shape);
    const out = new Uint8Array(sign.maxBytes(shape.rows, shape.cols));
    const [withFeedback, alone] = [new Float32Array(total), new Float32Array(total)];

    for (let step = 0; step < 400; step++) {
      const bytes = feedback.encode(gradient, out, { seed: 1, stream: step });
      sign.decode(out.subarray(0, bytes), createDenseSink(withFeedback, shape.rows, shape.cols));
      sign.decode(
        out.subarray(0, sign.encode(gradient, out, { seed: 1, stream: step })),
        createDenseSink(alone, shape.rows, shape.cols),
      );
    }

    expect(withFeedback[0] / 400).toBeCloseTo(1, 2);
    expect(withFeedback[total - 1] / 400).toBeCloseTo(0.01, 1);
    expect(alone[total - 1] / 400).toBeGreaterThan(0.4);
  });

  test("changes nothing when its codec refuses", () => {
    const feedback = errorFeedback(int8, shape);
    const gradient = wholeGradient();
    gradient.values.fill(0.1);
    gradient.values[0] = 1;
    const out = new Uint8Array(int8.maxBytes(shape.rows, shape.cols));
    feedback.encode(gradient, out, { seed: 1, stream: 0 });
    const before = feedback.state[0].slice();
    gradient.values[3] = Number.NaN;

    expect(() => feedback.encode(gradient, out, { seed: 1, stream: 1 })).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
    expect(feedback.state[0]).toEqual(before);
    expect(before.some((value) => value !== 0)).toBe(true);
  });

  test("refuses rows that are not the whole parameter", () => {
    const feedback = errorFeedback(int8, shape);
    const part = createRowGradient(shape.cols, 1);
    part.count = 1;

    expect(() => feedback.encode(part, new Uint8Array(1 << 14), { seed: 1, stream: 0 })).toThrow(
      expect.objectContaining({ code: "SHAPE" }),
    );
  });
});

describe("momentum correction", () => {
  const largest = topK({ share: 1, values: "float32", rounding: "nearest", entropy: false });

  test("with everything sent at once is the gradient itself", () => {
    const correction = momentumCorrection(largest, shape, 0.9);
    const gradient = wholeGradient();
    gradient.values.forEach((_, i) => (gradient.values[i] = i + 1));
    const out = new Uint8Array(largest.maxBytes(shape.rows, shape.cols));
    const sum = new Float32Array(total);

    for (let step = 0; step < 3; step++) {
      const bytes = correction.encode(gradient, out, { seed: 1, stream: step });
      largest.decode(out.subarray(0, bytes), createDenseSink(sum, shape.rows, shape.cols));
    }

    expect([...sum]).toEqual([...gradient.values].map((value) => 3 * value));
  });

  test("gathers momentum for a value that waits", () => {
    const first = topK({ ...{ values: "float32", rounding: "nearest", entropy: false }, share: 1 / total });
    const correction = momentumCorrection(first, shape, 0.5);
    const gradient = wholeGradient();
    gradient.values[0] = 100;
    gradient.values[1] = 1;
    const out = new Uint8Array(first.maxBytes(shape.rows, shape.cols));

    correction.encode(gradient, out, { seed: 1, stream: 0 });
    correction.encode(gradient, out, { seed: 1, stream: 1 });

    // v: 1, then 1.5; u: 1, then 2.5.
    expect(correction.state[0][1]).toBe(2.5);
    expect(correction.state[1][1]).toBe(1.5);
    expect(correction.state[0][0]).toBe(0);
  });

  test.each([-0.1, 1, Number.NaN])("refuses a momentum of %s", (momentum) => {
    expect(() => momentumCorrection(largest, shape, momentum)).toThrow(
      expect.objectContaining({ code: "VALUE" }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKernels, reference, type LossSpec } from "@dqrm/core";

const kernels = createKernels([reference]);
const bce: LossSpec = { kind: "bce", threshold: 0, weights: [1, 1] };

interface Answer {
  readonly predictions: Float32Array;
  readonly losses: Float64Array;
  readonly gradient: Float32Array;
}

function lossOf(spec: LossSpec, logits: number[], labels: number[], samples = logits.length): Answer {
  const count = logits.length;
  const answer = {
    predictions: new Float32Array(count),
    losses: new Float64Array(count),
    gradient: new Float32Array(count),
  };
  kernels.prepare("loss", spec)(
    Float32Array.from(logits),
    Float32Array.from(labels),
    samples,
    answer.predictions,
    answer.losses,
    answer.gradient,
    0,
    count,
  );
  return answer;
}

describe("loss", () => {
  it("is ln 2 with half the slope at an even chance, divided by the samples of the whole batch", () => {
    const { predictions, losses, gradient } = lossOf(bce, [0, 0], [0, 1], 4);

    expect([...predictions]).toEqual([0.5, 0.5]);
    expect([...losses]).toEqual([Math.LN2, Math.LN2]);
    expect([...gradient]).toEqual([0.125, -0.125]);
  });

  it("weighs the labels apart with wbce", () => {
    const { losses, gradient } = lossOf({ ...bce, kind: "wbce", weights: [2, 8] }, [0, 0], [0, 1]);

    expect([...losses]).toEqual([2 * Math.LN2, 8 * Math.LN2]);
    expect([...gradient]).toEqual([0.5, -2]);
  });

  it("is the squared error of the probability with mse", () => {
    const { losses, gradient } = lossOf({ ...bce, kind: "mse" }, [0], [1]);

    // (0.5 − 1)² and 2(0.5 − 1)·0.5·0.5
    expect(losses[0]).toBe(0.25);
    expect(gradient[0]).toBe(-0.25);
  });

  it("clamps the probability by the threshold, and has no slope where it clamps", () => {
    const { predictions, losses, gradient } = lossOf({ ...bce, threshold: 0.25 }, [5, -5, 0], [0, 0, 0]);

    expect([...predictions]).toEqual([0.75, 0.25, 0.5]);
    expect([...losses]).toEqual([-Math.log(0.25), -Math.log(0.75), Math.LN2]);
    expect([...gradient]).toEqual([0, 0, Math.fround(0.5 / 3)]);
  });

  it("is exact for confident predictions and at most 100", () => {
    const { losses, gradient } = lossOf(bce, [40, -40, 1000, -1000], [0, 0, 0, 0]);

    // −ln(1 − sigmoid(40)) = ln(1 + e^40) = 40 + e^-40, which is 40 in double up to the rounding of ln.
    expect(Math.abs(losses[0] - 40)).toBeLessThanOrEqual(40 * 2 ** -52);
    expect(losses[1]).toBeLessThan(1e-15);
    expect([...losses.slice(2)]).toEqual([100, 0]);
    expect([...gradient.slice(2)]).toEqual([0.25, 0]);
  });

  it.each([
    [Number.NaN, 0, "logit: value NaN at position 0, expected a finite number"],
    [Infinity, 0, "logit: value Infinity at position 0, expected a finite number"],
    [0, 2, "loss: labels[0] is 2, expected in [0, 1]"],
    [0, Number.NaN, "loss: labels[0] is NaN, expected in [0, 1]"],
  ])("refuses the logit %s with the label %s", (logit, label, message) => {
    expect(() => lossOf(bce, [logit], [label])).toThrow(message);
  });

  it.each([-0.1, 0.5, Number.NaN])("refuses the threshold %s when it is prepared", (threshold) => {
    expect(() => kernels.prepare("loss", { ...bce, threshold })).toThrow("loss: threshold is");
  });

  it("has the slope of its central difference", () => {
    const step = 2 ** -10;
    const grid = fc.integer({ min: -20 / step, max: 20 / step }).map((k) => k * step);
    const kinds = fc.constantFrom("bce" as const, "wbce" as const, "mse" as const);
    fc.assert(
      fc.property(kinds, grid, fc.constantFrom(0, 0.25, 1), (kind, logit, label) => {
        const spec: LossSpec = { kind, threshold: 0, weights: [2, 3] };

        const { losses, gradient } = lossOf(
          spec,
          [logit - step, logit, logit + step],
          [label, label, label],
          4,
        );

        // Third derivatives of all kinds stay below 0.4, times the weight; a loss of at most 3·21 carries a few
        // roundings of double, which the quotient divides by the step; the gradient is rounded to f32.
        const bound = (3 * 0.4 * step ** 2) / 6 + (8 * 2 ** -53 * 63) / step + 3 * 2 ** -24;
        expect(Math.abs(4 * gradient[1] - (losses[2] - losses[0]) / (2 * step))).toBeLessThanOrEqual(bound);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

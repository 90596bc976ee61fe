import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKernels, reference } from "@dqrm/core";

const kernels = createKernels([reference]);
const shape = { inputs: 3, outputs: 2 };

describe("linear", () => {
  const x = Float32Array.of(1, 2, 3, -1, 0, 1);
  const weight = Float32Array.of(1, 1, 1, 2, 0, -1);
  const bias = Float32Array.of(0.5, -1);

  it("adds the bias to the products and applies the activation", () => {
    const none = new Float32Array(4);
    const relu = new Float32Array(4);

    kernels.prepare("linear", { ...shape, activation: "none" })(x, weight, bias, none, 0, 2);
    kernels.prepare("linear", { ...shape, activation: "relu" })(x, weight, bias, relu, 0, 2);

    // 1+2+3+0.5, 2−3−1; −1+1+0.5, −2−1−1
    expect([...none]).toEqual([6.5, -2, 0.5, -4]);
    expect([...relu]).toEqual([6.5, 0, 0.5, 0]);
  });

  it("has no bias when the bias is empty", () => {
    const y = new Float32Array(4);

    kernels.prepare("linear", { ...shape, activation: "none" })(x, weight, new Float32Array(0), y, 0, 2);

    expect([...y]).toEqual([6, -1, 0, -3]);
  });

  it("gives sigmoids", () => {
    const y = new Float32Array(4);

    kernels.prepare("linear", { ...shape, activation: "sigmoid" })(x, weight, bias, y, 0, 2);

    expect([...y]).toEqual([6.5, -2, 0.5, -4].map((z) => Math.fround(1 / (1 + Math.exp(-z)))));
  });

  it("lets NaN through a relu, so that a broken sample shows", () => {
    const y = new Float32Array(2);
    const broken = Float32Array.of(1, Number.NaN, 3);

    kernels.prepare("linear", { ...shape, activation: "relu" })(broken, weight, bias, y, 0, 1);

    expect([...y]).toEqual([Number.NaN, Number.NaN]);
  });

  it("computes and activates only its rows", () => {
    const y = new Float32Array(4).fill(-9);

    kernels.prepare("linear", { ...shape, activation: "relu" })(x, weight, bias, y, 1, 2);

    expect([...y]).toEqual([-9, -9, 0.5, 0]);
  });

  it("refuses arrays that are too short", () => {
    const linear = kernels.prepare("linear", { ...shape, activation: "none" });

    expect(() => linear(x, weight, bias, new Float32Array(3), 0, 2)).toThrow(
      "linear: y has 3 elements, expected 4",
    );
    expect(() => linear(x, weight, new Float32Array(1), new Float32Array(4), 0, 2)).toThrow(
      "linear: bias has 1 elements, expected 2",
    );
  });
});

const small = fc.integer({ min: -9, max: 9 });
const numbers = (length: number): fc.Arbitrary<Float32Array> =>
  fc.array(small, { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));

const layers = fc
  .record({
    samples: fc.integer({ min: 1, max: 5 }),
    inputs: fc.integer({ min: 1, max: 10 }),
    outputs: fc.integer({ min: 1, max: 10 }),
  })
  .chain((sizes) =>
    fc.record({
      sizes: fc.constant(sizes),
      x: numbers(sizes.samples * sizes.inputs),
      weight: numbers(sizes.outputs * sizes.inputs),
      bias: numbers(sizes.outputs),
      dy: numbers(sizes.samples * sizes.outputs),
    }),
  );

describe("the gradients of a linear layer", () => {
  it("equal exact difference quotients on whole numbers, in which every sum is exact", () => {
    fc.assert(
      fc.property(layers, fc.nat(), ({ sizes, x, weight, bias, dy }, pick) => {
        const { samples, inputs, outputs } = sizes;
        const linear = kernels.prepare("linear", { inputs, outputs, activation: "none" });
        const y = new Float32Array(samples * outputs);
        const objective = (): number => {
          linear(x, weight, bias, y, 0, samples);
          return y.reduce((sum, value, i) => sum + value * dy[i], 0);
        };
        const dx = new Float32Array(x.length);
        const dweight = new Float32Array(weight.length);
        const dbias = new Float32Array(bias.length);
        const before = objective();

        kernels.prepare("linearBackwardInput", sizes)(dy, weight, dx, 0, samples);
        kernels.prepare("linearBackwardWeight", sizes)(x, dy, samples, dweight, dbias, 0, outputs);

        for (const [parameter, gradient] of [
          [x, dx],
          [weight, dweight],
          [bias, dbias],
        ] as const) {
          const i = pick % parameter.length;
          parameter[i]++;
          expect(gradient[i]).toBe(objective() - before);
          parameter[i]--;
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("are computed for the outputs of a part alone, and without a bias when it is empty", () => {
    const dweight = new Float32Array(6).fill(7);
    const backward = kernels.prepare("linearBackwardWeight", shape);

    backward(Float32Array.of(1, 2, 3), Float32Array.of(5, 10), 1, dweight, new Float32Array(0), 1, 2);

    expect([...dweight]).toEqual([7, 7, 7, 10, 20, 30]);
  });

  it("do not hide an infinite weight behind a zero gradient", () => {
    const dx = new Float32Array(3);
    const weight = Float32Array.of(1, 1, 1, 2, Infinity, 2);

    kernels.prepare("linearBackwardInput", shape)(Float32Array.of(1, 0), weight, dx, 0, 1);

    expect([...dx]).toEqual([1, Number.NaN, 1]);
  });
});

describe("activationBackward", () => {
  it("multiplies by the derivative at the result, zero where a relu is zero", () => {
    const relu = Float32Array.of(5, 5, 5);
    const sigmoid = Float32Array.of(5, 8, 8);
    const none = Float32Array.of(5, 8, 8);

    kernels.prepare("activationBackward", { activation: "relu" })(Float32Array.of(2, 0, 1), relu, 0, 3);
    kernels.prepare("activationBackward", { activation: "sigmoid" })(
      Float32Array.of(0.5, 0.5, 0.25),
      sigmoid,
      1,
      3,
    );
    kernels.prepare("activationBackward", { activation: "none" })(Float32Array.of(0, 0, 0), none, 0, 3);

    expect([...relu]).toEqual([5, 0, 5]);
    expect([...sigmoid]).toEqual([5, 2, 1.5]);
    expect([...none]).toEqual([5, 8, 8]);
  });
});

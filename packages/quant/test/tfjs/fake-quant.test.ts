import * as tf from "@tensorflow/tfjs-core";
import { createRandom, type RowFormat } from "@dqrm/core";
import { beforeAll, describe, expect, test } from "vitest";
import { createFakeQuantizer, everyStep, type StraightThrough } from "../../src/index.ts";
import { absmaxScale, fakeQuant, type ScaleShare, type TensorBits } from "../../src/tfjs/index.ts";
import { backends, useBackend } from "./backends.ts";

const widths: readonly TensorBits[] = [2, 3, 4, 5, 6, 7, 8, 16];
const [rows, cols] = [7, 13];

/** Weights with the places where rounding and clamping decide: ties, zeros of both signs, the peak, a tiny row. */
function trickyWeights(): Float32Array {
  const random = createRandom({ seed: 5, stream: 0 });
  const weights = Float32Array.from({ length: rows * cols }, () => random.normal());
  weights.set([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 7, -7, 0, -0, 1e-30, -1e-30, 3], 0);
  weights.fill(0, cols, 2 * cols);
  for (let i = 2 * cols; i < 3 * cols; i++) weights[i] *= 1e-9;
  return weights;
}

function ours(weights: Float32Array, bits: TensorBits, granularity: RowFormat["granularity"]) {
  const format = { bits, cols, scheme: "symmetric", granularity } as const;
  return (gradient: StraightThrough, setScale?: Float32Array) => {
    const fake = createFakeQuantizer(format, { rows, refresh: everyStep, gradient });
    fake.refresh(weights, 0);
    if (setScale !== undefined) fake.scale.set(setScale);
    const values = new Float32Array(weights.length);
    fake.forward(weights, values, 0, rows);
    const passed = Float32Array.from(weights, (_, i) => i + 1);
    fake.backward(weights, passed, 0, rows);
    return { values, passed, scale: fake.scale };
  };
}

function theirs(weights: Float32Array, bits: TensorBits, share: ScaleShare) {
  return (gradient: StraightThrough, scale?: Float32Array) => {
    const options = {
      bits,
      share,
      gradient,
      ...(scale === undefined ? {} : { scale: tf.tensor1d(scale) }),
    };
    const x = tf.tensor2d(weights, [rows, cols]);
    const seed = tf.tensor2d(
      Float32Array.from(weights, (_, i) => i + 1),
      [rows, cols],
    );
    const passed = tf.grad((w: tf.Tensor) => fakeQuant(w, options))(x, seed);
    return {
      values: fakeQuant(x, options).dataSync(),
      passed: passed.dataSync(),
      scale: absmaxScale(x, options).dataSync(),
    };
  };
}

const layouts = [
  { granularity: { kind: "table" }, share: { kind: "tensor" } },
  { granularity: { kind: "row" }, share: { kind: "channel", axis: 0 } },
] as const;

describe.each(backends)("on the backend %s", (backend) => {
  beforeAll(() => useBackend(backend));

  // Bit for bit on wasm too: its f32 products, sums and quotients are IEEE 754's, as those of Math.fround are.
  test.each(widths)("%i bits give what @dqrm/quant gives, bit for bit", (bits) => {
    const weights = trickyWeights();

    for (const { granularity, share } of layouts) {
      const expected = ours(weights, bits, granularity)("straight-through");
      const actual = theirs(weights, bits, share)("straight-through");

      expect(actual.scale).toEqual(expected.scale);
      expect(actual.values).toEqual(expected.values);
      expect(actual.passed).toEqual(expected.passed);
    }
  });

  test.each(widths)("%i bits drop the gradient of the weights that a given scale clamps", (bits) => {
    const weights = trickyWeights();

    for (const { granularity, share } of layouts) {
      const half = ours(weights, bits, granularity)("clipped").scale.map((scale) => scale / 2);
      const expected = ours(weights, bits, granularity)("clipped", half);
      const actual = theirs(weights, bits, share)("clipped", half);

      expect(actual.values).toEqual(expected.values);
      expect(actual.passed).toEqual(expected.passed);
      expect(expected.passed.filter((value) => value === 0).length).toBeGreaterThan(0);
    }
  });

  test("the last axis shares scales as the first does of the transposed tensor", () => {
    const x = tf.tensor2d(trickyWeights(), [rows, cols]);
    const int4 = { bits: 4, gradient: "straight-through" } as const;

    const byColumn = fakeQuant(x, { ...int4, share: { kind: "channel", axis: -1 } });
    const byRow = fakeQuant(tf.transpose(x), { ...int4, share: { kind: "channel", axis: 0 } });

    expect(tf.transpose(byRow).dataSync()).toEqual(byColumn.dataSync());
  });

  test("a tensor of any rank keeps its shape, and a scalar is its own peak", () => {
    const int8 = { bits: 8, share: { kind: "tensor" }, gradient: "clipped" } as const;

    expect(fakeQuant(tf.ones([2, 3, 1, 2]), int8).shape).toEqual([2, 3, 1, 2]);
    expect(fakeQuant(tf.scalar(127), int8).dataSync()[0]).toBe(127);
  });

  test("a weight that is NaN stays one, and beside an infinite one no value is finite", () => {
    const int4 = { bits: 4, share: { kind: "tensor" }, gradient: "straight-through" } as const;

    expect(fakeQuant(tf.tensor1d([NaN, 1]), int4).dataSync()[0]).toBeNaN();
    expect(
      fakeQuant(tf.tensor1d([Infinity, 1]), int4)
        .dataSync()
        .some(Number.isFinite),
    ).toBe(false);
  });

  test("a layer learns through two bits, and no tensor is left behind", () => {
    const weight = tf.variable(tf.tensor2d([0.3, -0.2, 0.1, 0.4], [2, 2]));
    const [x, y] = [tf.tensor2d([1, 0, 0, 1], [2, 2]), tf.tensor2d([1, -1, 1, 0], [2, 2])];
    const int2 = { bits: 2, share: { kind: "tensor" }, gradient: "straight-through" } as const;
    const loss = () => tf.sum<tf.Scalar>(tf.squaredDifference(y, tf.matMul(x, fakeQuant(weight, int2))));
    const optimizer = tf.train.sgd(0.1);
    optimizer.minimize(loss, false, [weight]);
    const before = tf.memory().numTensors;

    for (let step = 0; step < 60; step++) optimizer.minimize(loss, false, [weight]);

    expect(tf.memory().numTensors).toBe(before);
    expect(tf.tidy(() => loss().dataSync()[0])).toBeLessThan(0.2);
  });
});

describe("what does not fit", () => {
  beforeAll(() => useBackend("cpu"));

  const int4 = { bits: 4, gradient: "clipped" } as const;

  test("an axis that the tensor lacks is refused", () => {
    const call = () => fakeQuant(tf.ones([2, 3]), { ...int4, share: { kind: "channel", axis: 2 } });

    expect(call).toThrow("fakeQuant: axis is 2, expected an axis of a tensor of rank 2");
  });

  test("scales that are not one for each channel are refused", () => {
    const scale = tf.ones([2]);
    const call = () => fakeQuant(tf.ones([2, 3]), { ...int4, scale, share: { kind: "channel", axis: 1 } });

    expect(call).toThrow("fakeQuant: scale has 2 elements, expected 3");
  });
});

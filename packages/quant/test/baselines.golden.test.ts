import { createDorefa, createLsq } from "@dqrm/quant";
import { describe, expect, test } from "vitest";
import { golden } from "./golden-modules.ts";

const { x } = golden.quantizer;
const weights = Float32Array.from(x.flat());
const rows = x.length;
const cols = x[0].length;

/** The bound that the project set for these fixtures: they were computed in f32 by another library. */
const BOUND = 1e-6;

function largestDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(actual[i] - value)), 0);
}

describe.each([
  {
    granularity: "row",
    vectors: golden.lsq_pc,
    scales: golden.lsq_pc.s.flat(),
    scaleGradients: golden.lsq_pc.gs.flat(),
  },
  {
    granularity: "table",
    vectors: golden.lsq_pt,
    scales: [golden.lsq_pt.s],
    scaleGradients: [golden.lsq_pt.gs],
  },
] as const)("LSQ with one step per $granularity", ({ granularity, scaleGradients, scales, vectors }) => {
  const lsq = createLsq({ bits: 4, cols, rows, granularity, gradientElements: rows * cols });
  lsq.initialize(weights);

  test("starts from the reference's steps", () => {
    expect(largestDifference(lsq.scale, scales)).toBeLessThanOrEqual(BOUND);
  });

  test("quantizes as the reference", () => {
    const quantized = new Float32Array(weights.length);

    lsq.forward(weights, quantized, 0, rows);

    expect(largestDifference(quantized, vectors.y.flat())).toBeLessThanOrEqual(BOUND);
  });

  test("gives the reference's gradients of the weights and of the steps", () => {
    const gradient = Float32Array.from(golden.lsq_pc.g.flat());
    const scaleGradient = new Float32Array(lsq.scale.length);

    lsq.backward(weights, gradient, scaleGradient, 0, rows);

    expect(largestDifference(gradient, vectors.gx.flat())).toBeLessThanOrEqual(BOUND);
    expect(largestDifference(scaleGradient, scaleGradients)).toBeLessThanOrEqual(BOUND);
  });
});

test.each([2, 4, 8] as const)("DoReFa at %d bits quantizes as the reference", (bits) => {
  const quantized = new Float32Array(weights.length);

  createDorefa({ bits, output: "unit" }).forward(weights, quantized);

  expect(largestDifference(quantized, golden.dorefa[bits].flat())).toBeLessThanOrEqual(BOUND);
});

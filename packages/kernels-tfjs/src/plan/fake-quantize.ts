import {
  abs,
  add,
  clipByValue,
  div,
  max,
  maximum,
  mul,
  reshape,
  round,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { MIN_PEAK } from "@dqrm/core";

/**
 * Computes the scales of symmetric codes, one for each row or one for all.
 *
 * @units scale = max(absmax, 1e-8)/(2^(bits−1) − 1)
 * @shape weights f32[rows × cols] → f32[rows × 1], or f32[1 × 1]
 */
export function symmetricScales(weights: Tensor, bits: number, share: "row" | "table"): Tensor {
  const peak = share === "row" ? max(abs(weights), 1, true) : reshape(max(abs(weights)), [1, 1]);
  return div(maximum(peak, MIN_PEAK), 2 ** (bits - 1) - 1);
}

/**
 * Replaces weights by the values of their nearest symmetric codes of 2 bits or more.
 *
 * The numbers are core's, bit for bit wherever the backend computes in f32 and divides exactly, as cpu and wasm do.
 */
export function fakeQuantize(weights: Tensor, scale: Tensor, bits: number): Tensor {
  const half = 2 ** (bits - 1);
  const level = round(clipByValue(mul(weights, div(1, scale)), -half, half - 1));
  // Adding 0 makes a −0 of the rounding the 0 that a code stands for.
  return add(mul(level, scale), 0);
}

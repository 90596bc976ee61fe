import { symmetricScale } from "../../format/symmetric-scale.ts";
import { peakOf } from "../../reference/peak.ts";
import { roundHalfEven } from "../../reference/quantize-value.ts";
import type { StoredQuantization } from "../model-spec.ts";

/**
 * Chooses the step of a row that has none yet, from its float weights.
 *
 * @shape the row is weights[at..at + cols)
 * @units absmax: symmetricScale; learned: 2·mean|w|/√n, n = 2^(bits−1) − 1, which leaves room for weights to grow
 * @source LSQ, Esser et al. 2020, for the first value of a learned step
 */
export type FirstStep = (weights: Float32Array, at: number) => number;

/** Prepares {@link FirstStep}; the answer is an f32 above zero. */
export function prepareFirstStep({ bits, step }: StoredQuantization, cols: number): FirstStep {
  if (step.kind === "absmax") return (weights, at) => symmetricScale(peakOf(weights, at, at + cols), bits);
  const high = 2 ** (bits - 1) - 1;
  const least = symmetricScale(0, bits);
  return (weights, at) => {
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += Math.abs(weights[at + c]);
    return Math.fround(Math.max((2 * sum) / cols / Math.sqrt(high), least));
  };
}

/**
 * Chooses the step of a row after its weights moved.
 *
 * @shape the row is weights[at..at + cols), its gradient gradient[at..at + cols)
 */
export type NextStep = (step: number, weights: Float32Array, gradient: Float32Array, at: number) => number;

/**
 * Prepares {@link NextStep}: the row's new absmax, or a step of gradient descent on the step itself.
 *
 * A learned step Δ descends along Σ g·∂Q/∂Δ, where ∂Q/∂Δ is the lowest or highest code of a clipped weight and
 * round(w/Δ) − w/Δ of any other. ALPT runs the model forward and backward a second time, with the moved weights, for g;
 * here g is the row gradient that the weights themselves were moved by, which saves half of the work.
 *
 * @units Δ −= learningRate · Σ g·∂Q/∂Δ / √(cols·n), n = 2^(bits−1) − 1; kept at 1e-8/n or more
 * @source ALPT, Li et al. 2022; LSQ, Esser et al. 2020, for the damping by the weights that share the step
 */
export function prepareNextStep(quantization: StoredQuantization, cols: number): NextStep {
  const { bits, step: policy } = quantization;
  const first = prepareFirstStep(quantization, cols);
  if (policy.kind === "absmax") return (_step, weights, _gradient, at) => first(weights, at);
  const high = 2 ** (bits - 1) - 1;
  const low = -high - 1;
  const least = symmetricScale(0, bits);
  const rate = policy.learningRate / Math.sqrt(cols * high);
  return (step, weights, gradient, at) => {
    if (step === 0) return first(weights, at);
    let slope = 0;
    for (let i = at; i < at + cols; i++) {
      const x = weights[i] / step;
      const response = x <= low ? low : x >= high ? high : roundHalfEven(x) - x;
      slope += gradient[i] * response;
    }
    return Math.fround(Math.max(step - rate * slope, least));
  };
}

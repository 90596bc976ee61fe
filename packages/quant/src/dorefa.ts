import { DqrmError, roundHalfEven, type BitWidth } from "@dqrm/core";

/** Fixes a DoReFa quantizer. */
export interface DorefaOptions {
  readonly bits: BitWidth;
  /**
   * "unit" maps every tensor onto [−1, 1], as the authors' baseline does; "absmax" maps it back onto the tensor's own
   * range, without which an embedding table of weights around 0.1 is blown up tenfold.
   */
  readonly output: "unit" | "absmax";
}

/**
 * Quantizes weights through tanh onto equal steps, without a stored scale.
 *
 * @shape weights, quantized, gradient f32[n]: one tensor
 */
export interface Dorefa {
  /** Overwrites `quantized`, which may be `weights`. @throws NON_FINITE when a weight is NaN or infinite */
  forward(weights: Float32Array, quantized: Float32Array): void;
  /** Turns the gradient of the quantized weights into that of the weights, in place; the peak counts as a constant. */
  backward(weights: Float32Array, gradient: Float32Array): void;
}

/**
 * Creates the weight quantizer of DoReFa-Net, which the paper's PACT baseline uses.
 *
 * @units r = 2·round(S·(tanh w/(2M) + ½))/S − 1, S = 2^bits − 1, M = max|tanh w|, times max|w| with "absmax";
 *        backward: g · (1 − tanh² w)/M, times max|w| with "absmax"
 * @source Zhou et al., DoReFa-Net, 2016; the authors' quant_pact_dorefa.py
 *
 * ```ts doctest
 * import { createDorefa } from "@dqrm/quant";
 * const weights = Float32Array.of(0.5, 0, -0.5);
 * const quantized = new Float32Array(3);
 * createDorefa({ bits: 1, output: "unit" }).forward(weights, quantized);
 * [...quantized]; // => [1, -1, -1]
 * createDorefa({ bits: 1, output: "absmax" }).forward(weights, quantized);
 * [...quantized]; // => [0.5, -0.5, -0.5]
 * ```
 */
export function createDorefa({ bits, output }: DorefaOptions): Dorefa {
  const steps = 2 ** bits - 1;
  return {
    forward(weights, quantized) {
      const { factor, peak } = findPeak(weights, output);
      for (let i = 0; i < weights.length; i++) {
        const unit = Math.fround(Math.tanh(weights[i]) / (2 * peak) + 0.5);
        quantized[i] = (2 * (roundHalfEven(Math.fround(steps * unit)) / steps) - 1) * factor;
      }
    },
    backward(weights, gradient) {
      const { factor, peak } = findPeak(weights, output);
      for (let i = 0; i < weights.length; i++) {
        const squashed = Math.tanh(weights[i]);
        gradient[i] *= ((1 - squashed * squashed) / peak) * factor;
      }
    },
  };
}

/** All-zero weights have no peak to divide by; this one maps them to the middle. */
const SMALLEST_PEAK = 1e-8;

function findPeak(
  weights: Float32Array,
  output: DorefaOptions["output"],
): { readonly peak: number; readonly factor: number } {
  let absmax = 0;
  for (let i = 0; i < weights.length; i++) {
    const magnitude = Math.abs(weights[i]);
    if (!Number.isFinite(magnitude)) {
      throw new DqrmError("NON_FINITE", { what: "dorefa weights", position: i, actual: String(weights[i]) });
    }
    if (magnitude > absmax) absmax = magnitude;
  }
  // tanh is monotonic: the weight of largest magnitude also has the largest tanh.
  return { peak: Math.max(Math.tanh(absmax), SMALLEST_PEAK), factor: output === "unit" ? 1 : absmax };
}

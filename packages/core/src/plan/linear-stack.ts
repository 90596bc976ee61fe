import type { OpFn } from "../kernel/ops.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { LayerSpec } from "./model-spec.ts";
import type { LayerTensors } from "./plan.ts";

/** Runs fully connected layers one after the other, and their gradients back. */
export interface LinearStack {
  /** Returns the last layer's outputs, valid until the next call. */
  forward(x: Float32Array, size: number): Float32Array;
  /**
   * Takes the gradient of the last outputs in `outputGradient`; fills `gradients`, and `inputGradient` when given.
   *
   * @shape x as given to forward
   */
  backward(
    x: Float32Array,
    size: number,
    gradients: readonly LayerTensors[],
    inputGradient: Float32Array | undefined,
  ): void;
  readonly outputGradient: Float32Array;
}

interface PreparedLayer {
  readonly spec: LayerSpec;
  readonly output: Float32Array;
  readonly gradient: Float32Array;
  readonly linear: OpFn<"linear">;
  readonly activationBackward: OpFn<"activationBackward">;
  readonly backwardWeight: OpFn<"linearBackwardWeight">;
  readonly backwardInput: OpFn<"linearBackwardInput">;
}

/**
 * Prepares a stack of layers over weights that the caller owns and may change between calls.
 *
 * @cost allocates twice the activations of `maxBatch` samples, nothing per call
 */
export function createLinearStack(
  specs: readonly LayerSpec[],
  weights: readonly LayerTensors[],
  kernels: Kernels,
  maxBatch: number,
): LinearStack {
  const layers = specs.map((spec): PreparedLayer => {
    const { activation, inputs, outputs } = spec;
    return {
      spec,
      output: new Float32Array(maxBatch * outputs),
      gradient: new Float32Array(maxBatch * outputs),
      linear: kernels.prepare("linear", { inputs, outputs, activation }),
      activationBackward: kernels.prepare("activationBackward", { activation }),
      backwardWeight: kernels.prepare("linearBackwardWeight", { inputs, outputs }),
      backwardInput: kernels.prepare("linearBackwardInput", { inputs, outputs }),
    };
  });
  const last = layers[layers.length - 1];

  return {
    outputGradient: last.gradient,
    forward(x, size) {
      let input = x;
      for (let k = 0; k < layers.length; k++) {
        const { linear, output } = layers[k];
        linear(input, weights[k].weight, weights[k].bias, output, 0, size);
        input = output;
      }
      return input;
    },
    backward(x, size, gradients, inputGradient) {
      for (let k = layers.length - 1; k >= 0; k--) {
        const { activationBackward, backwardInput, backwardWeight, gradient, output, spec } = layers[k];
        const input = k === 0 ? x : layers[k - 1].output;
        const dinput = k === 0 ? inputGradient : layers[k - 1].gradient;
        activationBackward(output, gradient, 0, size * spec.outputs);
        backwardWeight(input, gradient, size, gradients[k].weight, gradients[k].bias, 0, spec.outputs);
        if (dinput !== undefined) backwardInput(gradient, weights[k].weight, dinput, 0, size);
      }
    },
  };
}

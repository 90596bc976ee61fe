import type { OpFn } from "../kernel/ops.ts";
import type { Kernels } from "../kernel/kernels.ts";
import type { ActivationQuantizer } from "./activation/activation-ranges.ts";
import type { Dropout, TrainingPass } from "./dropout.ts";
import type { LayerSpec } from "./model-spec.ts";
import type { LayerTensors } from "./plan.ts";

/** Runs fully connected layers one after the other, and their gradients back. */
export interface LinearStack {
  /** Returns the last layer's outputs, valid until the next call; `pass` is undefined in inference. */
  forward(x: Float32Array, size: number, pass: TrainingPass | undefined): Float32Array;
  /**
   * Takes the gradient of the last outputs in `outputGradient`; fills `gradients`, and `inputGradient` when given.
   * Comes after `forward`, whose input must not have changed since. Calls `ready` once `gradients` are final: the gradient of
   * the input is as much work as that of the first layer.
   */
  backward(
    size: number,
    gradients: readonly LayerTensors[],
    inputGradient: Float32Array | undefined,
    ready?: () => void,
  ): void;
  readonly outputGradient: Float32Array;
}

/** Gives a stack its layers, and what happens to the input of each before the layer sees it. */
export interface StackParts {
  readonly specs: readonly LayerSpec[];
  readonly weights: readonly LayerTensors[];
  /** By layer; a layer without one sees its input as it is. */
  readonly quantizers: readonly (ActivationQuantizer | undefined)[];
  /** By layer, after the quantizer: a range is that of the activations that inference will see. */
  readonly dropouts: readonly (Dropout | undefined)[];
}

interface PreparedLayer {
  readonly spec: LayerSpec;
  readonly quantize: ActivationQuantizer | undefined;
  readonly dropout: Dropout | undefined;
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
  { dropouts, quantizers, specs, weights }: StackParts,
  kernels: Kernels,
  maxBatch: number,
): LinearStack {
  const layers = specs.map((spec, k): PreparedLayer => ({
    ...prepareLayer(spec, kernels, maxBatch),
    quantize: quantizers.at(k),
    dropout: dropouts.at(k),
  }));
  const last = layers[layers.length - 1];
  const seen: Float32Array[] = [];

  return {
    outputGradient: last.gradient,
    forward(x, size, pass) {
      let input = x;
      for (let k = 0; k < layers.length; k++) {
        const { dropout, linear, output, quantize, spec } = layers[k];
        const count = size * spec.inputs;
        if (quantize !== undefined) input = quantize(input, count, pass !== undefined);
        if (dropout !== undefined && pass !== undefined) input = dropout.forward(input, count, pass);
        seen[k] = input;
        linear(input, weights[k].weight, weights[k].bias, output, 0, size);
        input = output;
      }
      return input;
    },
    backward(size, gradients, inputGradient, ready) {
      for (let k = layers.length - 1; k >= 0; k--) {
        const { activationBackward, backwardInput, backwardWeight, dropout, gradient, output, spec } =
          layers[k];
        const dinput = k === 0 ? inputGradient : layers[k - 1].gradient;
        activationBackward(output, gradient, 0, size * spec.outputs);
        backwardWeight(seen[k], gradient, size, gradients[k].weight, gradients[k].bias, 0, spec.outputs);
        if (k === 0) ready?.();
        if (dinput === undefined) continue;
        backwardInput(gradient, weights[k].weight, dinput, 0, size);
        dropout?.backward(dinput, size * spec.inputs);
      }
    },
  };
}

function prepareLayer(
  spec: LayerSpec,
  kernels: Kernels,
  maxBatch: number,
): Omit<PreparedLayer, "quantize" | "dropout"> {
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
}

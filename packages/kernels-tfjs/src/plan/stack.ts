import { mul, type Tensor } from "@tensorflow/tfjs-core";
import type { LayerSpec } from "@dqrm/core";
import { activationBackward } from "../ops/activation-backward.ts";
import { linearBackwardInput } from "../ops/linear-backward-input.ts";
import { linearBackwardBias, linearBackwardWeight } from "../ops/linear-backward-weight.ts";
import { linear } from "../ops/linear.ts";

/** Holds a layer's parameters on the backend, or their gradients. */
export interface LayerOnDevice {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Remembers of a forward pass what the backward pass needs. */
export interface StackPass {
  /** What each layer saw, and what it gave. */
  readonly seen: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** What each layer's input was multiplied by, undefined where nothing was dropped. */
  readonly factors: readonly (Tensor | undefined)[];
  readonly output: Tensor;
}

/** Runs fully connected layers one after the other. */
export function forwardStack(
  specs: readonly LayerSpec[],
  layers: readonly LayerOnDevice[],
  x: Tensor,
  factors: readonly (Tensor | undefined)[],
): StackPass {
  const seen: Tensor[] = [];
  const outputs: Tensor[] = [];
  let output = x;
  specs.forEach(({ activation }, k) => {
    const factor = factors.at(k);
    const input = factor === undefined ? output : mul(output, factor);
    seen.push(input);
    output = linear(input, layers[k].weight, layers[k].bias, activation);
    outputs.push(output);
  });
  return { seen, outputs, factors, output };
}

/** Holds the gradients of a stack: of its layers, and of its input where that was asked for. */
export interface StackGradients {
  readonly layers: readonly LayerOnDevice[];
  readonly input: Tensor | undefined;
}

/** Runs the gradient of the last outputs back; the first layer's input gets one only when `wantsInput`. */
export function backwardStack(
  specs: readonly LayerSpec[],
  layers: readonly LayerOnDevice[],
  { factors, outputs, seen }: StackPass,
  { gradient, wantsInput }: { readonly gradient: Tensor; readonly wantsInput: boolean },
): StackGradients {
  const found = new Array<LayerOnDevice>(specs.length);
  let passed: Tensor | undefined = gradient;
  for (let k = specs.length - 1; k >= 0 && passed !== undefined; k--) {
    const dy: Tensor = activationBackward(outputs[k], passed, specs[k].activation);
    found[k] = { weight: linearBackwardWeight(seen[k], dy), bias: linearBackwardBias(dy) };
    passed = undefined;
    if (k === 0 && !wantsInput) continue;
    const dx = linearBackwardInput(dy, layers[k].weight);
    const factor = factors.at(k);
    passed = factor === undefined ? dx : mul(dx, factor);
  }
  return { layers: found, input: passed };
}

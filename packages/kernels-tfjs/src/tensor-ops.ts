import type { Tensor } from "@tensorflow/tfjs-core";
import { activationBackward } from "./ops/activation-backward.ts";
import { interactionBackward } from "./ops/interaction-backward.ts";
import { interaction } from "./ops/interaction.ts";
import { linearBackwardInput } from "./ops/linear-backward-input.ts";
import { linearBackwardBias, linearBackwardWeight } from "./ops/linear-backward-weight.ts";
import { linear } from "./ops/linear.ts";
import { loss } from "./ops/loss.ts";
import type { TensorOpName, TensorOpSpecs } from "./runtime/op-runner.ts";

/** Computes the results of each op from the tensors of its arguments, wherever the current backend runs. */
export type TensorOps = {
  readonly [K in TensorOpName]: (spec: TensorOpSpecs[K], from: readonly Tensor[]) => readonly Tensor[];
};

/** Holds the computations that every backend of TensorFlow.js shares. */
export const TENSOR_OPS: TensorOps = {
  activationBackward: ({ activation }, [y, dy]) => [activationBackward(y, dy, activation)],
  interaction: (spec, [vectors, places]) => [interaction(spec, vectors, places)],
  interactionBackward: (spec, [vectors, ddst, places]) => [interactionBackward(spec, vectors, ddst, places)],
  linear: ({ activation }, [x, weight, ...bias]) => [linear(x, weight, bias.at(0), activation)],
  linearBackwardInput: (_, [dy, weight]) => [linearBackwardInput(dy, weight)],
  linearBackwardWeight: (_, [x, dy]) => [linearBackwardWeight(x, dy), linearBackwardBias(dy)],
  loss(spec, [logits, labels]) {
    const { gradient, losses, predictions } = loss(spec, logits, labels, spec.samples);
    return [predictions, losses, gradient];
  },
};

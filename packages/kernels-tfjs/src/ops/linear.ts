import { add, lessEqual, matMul, sigmoid, where, zerosLike, type Tensor } from "@tensorflow/tfjs-core";
import type { Activation, OpFn, OpSpec } from "@dqrm/core";
import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { Runtime } from "../runtime/runtime.ts";

/**
 * Computes activation(x·weightᵀ + bias).
 *
 * @shape x f32[samples × inputs], weight f32[outputs × inputs], bias f32[outputs] → f32[samples × outputs]
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | undefined, activation: Activation): Tensor {
  const products = matMul(x, weight, false, true);
  return activate(bias === undefined ? products : add(products, bias), activation);
}

function activate(y: Tensor, activation: Activation): Tensor {
  if (activation === "none") return y;
  if (activation === "sigmoid") return sigmoid(y);
  // Not relu: backends differ in what it makes of NaN, which has to stay.
  return where(lessEqual(y, 0), zerosLike(y), y);
}

/** Prepares a linear layer and what follows it. */
export function prepareLinear(
  { activation, inputs, outputs }: OpSpec<"linear">,
  runtime: Runtime,
): OpFn<"linear"> {
  checkSize("linear", "inputs", inputs);
  checkSize("linear", "outputs", outputs);
  return function linearKernel(x, weight, bias, y, begin, end) {
    checkPart("linear", begin, end);
    checkLength("linear", "x", x.length, end * inputs);
    checkLength("linear", "weight", weight.length, outputs * inputs);
    if (bias.length > 0) checkLength("linear", "bias", bias.length, outputs);
    checkLength("linear", "y", y.length, end * outputs);
    if (begin === end) return;
    runtime.run(() => {
      const result = linear(
        runtime.send(x.subarray(begin * inputs, end * inputs), [end - begin, inputs]),
        runtime.send(weight.subarray(0, outputs * inputs), [outputs, inputs]),
        bias.length > 0 ? runtime.send(bias.subarray(0, outputs), [outputs]) : undefined,
        activation,
      );
      runtime.receive(result, y, begin * outputs);
    });
  };
}

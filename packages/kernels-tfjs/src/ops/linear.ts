import { add, isNaN, lessEqual, matMul, sigmoid, where, zerosLike, type Tensor } from "@tensorflow/tfjs-core";
import type { Activation, OpFn, OpSpec } from "@dqrm/core";
import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { OpRunner } from "../runtime/op-runner.ts";

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
  // A device may take exp(NaN) for 0 or infinity.
  if (activation === "sigmoid") return where(isNaN(y), y, sigmoid(y));
  // Not relu: backends differ in what it makes of NaN, which has to stay.
  return where(lessEqual(y, 0), zerosLike(y), y);
}

/** Prepares a linear layer and what follows it. */
export function prepareLinear(spec: OpSpec<"linear">, run: OpRunner): OpFn<"linear"> {
  const { inputs, outputs } = spec;
  checkSize("linear", "inputs", inputs);
  checkSize("linear", "outputs", outputs);
  return function linearKernel(x, weight, bias, y, begin, end) {
    checkPart("linear", begin, end);
    checkLength("linear", "x", x.length, end * inputs);
    checkLength("linear", "weight", weight.length, outputs * inputs);
    if (bias.length > 0) checkLength("linear", "bias", bias.length, outputs);
    checkLength("linear", "y", y.length, end * outputs);
    if (begin === end) return;
    const from = [
      { values: x.subarray(begin * inputs, end * inputs), shape: [end - begin, inputs] },
      { values: weight.subarray(0, outputs * inputs), shape: [outputs, inputs] },
      ...(bias.length > 0 ? [{ values: bias.subarray(0, outputs), shape: [outputs] }] : []),
    ];
    run("linear", spec, from, [y.subarray(begin * outputs, end * outputs)]);
  };
}

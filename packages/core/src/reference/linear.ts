import type { Activation, OpFn, OpSpec } from "../kernel/ops.ts";
import { checkLength, checkPart, checkSize } from "./checks.ts";
import { multiply, type ProductSpec } from "./matrix-product.ts";

/** Prepares a linear layer and what follows it. */
export function prepareLinear({ inputs, outputs, activation }: OpSpec<"linear">): OpFn<"linear"> {
  checkSize("linear", "inputs", inputs);
  checkSize("linear", "outputs", outputs);
  const product: ProductSpec = {
    left: { major: inputs, term: 1 },
    right: { major: inputs, term: 1 },
    columns: outputs,
  };

  return function linear(x, weight, bias, y, begin, end) {
    checkPart("linear", begin, end);
    checkLength("linear", "x", x.length, end * inputs);
    checkLength("linear", "weight", weight.length, outputs * inputs);
    if (bias.length > 0) checkLength("linear", "bias", bias.length, outputs);
    checkLength("linear", "y", y.length, end * outputs);
    multiply(product, x, weight, inputs, bias, y, begin, end);
    activate(activation, y, begin * outputs, end * outputs);
  };
}

function activate(activation: Activation, y: Float32Array, begin: number, end: number): void {
  if (activation === "relu") {
    // Written so that NaN stays NaN: a broken sample shows in the loss.
    for (let i = begin; i < end; i++) y[i] = y[i] <= 0 ? 0 : y[i];
  } else if (activation === "sigmoid") {
    for (let i = begin; i < end; i++) y[i] = 1 / (1 + Math.exp(-y[i]));
  }
}

import type { LinearSpec, OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart, checkSize } from "./checks.ts";
import { multiply, type ProductSpec } from "./matrix-product.ts";

const NO_START = new Float32Array(0);

/** Prepares the gradient of a linear layer's input. */
export function prepareLinearBackwardInput({ inputs, outputs }: LinearSpec): OpFn<"linearBackwardInput"> {
  checkSize("linearBackwardInput", "inputs", inputs);
  checkSize("linearBackwardInput", "outputs", outputs);
  const product: ProductSpec = {
    left: { major: outputs, term: 1 },
    right: { major: 1, term: inputs },
    columns: inputs,
  };

  return function linearBackwardInput(dy, weight, dx, begin, end) {
    checkPart("linearBackwardInput", begin, end);
    checkLength("linearBackwardInput", "dy", dy.length, end * outputs);
    checkLength("linearBackwardInput", "weight", weight.length, outputs * inputs);
    checkLength("linearBackwardInput", "dx", dx.length, end * inputs);
    multiply(product, dy, weight, outputs, NO_START, dx, begin, end);
  };
}

import type { LinearSpec, OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart, checkSize } from "./checks.ts";
import { multiply, type ProductSpec } from "./matrix-product.ts";

const NO_START = new Float32Array(0);

/** Prepares the gradients of a linear layer's parameters. */
export function prepareLinearBackwardWeight({ inputs, outputs }: LinearSpec): OpFn<"linearBackwardWeight"> {
  checkSize("linearBackwardWeight", "inputs", inputs);
  checkSize("linearBackwardWeight", "outputs", outputs);
  const product: ProductSpec = {
    left: { major: 1, term: outputs },
    right: { major: 1, term: inputs },
    columns: inputs,
  };

  return function linearBackwardWeight(x, dy, samples, dweight, dbias, begin, end) {
    checkPart("linearBackwardWeight", begin, end);
    checkLength("linearBackwardWeight", "outputs", outputs, end);
    checkLength("linearBackwardWeight", "x", x.length, samples * inputs);
    checkLength("linearBackwardWeight", "dy", dy.length, samples * outputs);
    checkLength("linearBackwardWeight", "dweight", dweight.length, end * inputs);
    if (dbias.length > 0) checkLength("linearBackwardWeight", "dbias", dbias.length, end);
    multiply(product, dy, x, samples, NO_START, dweight, begin, end);
    if (dbias.length === 0) return;
    for (let output = begin; output < end; output++) {
      let sum = 0;
      for (let sample = 0; sample < samples; sample++) sum += dy[sample * outputs + output];
      dbias[output] = sum;
    }
  };
}

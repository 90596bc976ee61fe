import { matMul, slice, sum, type Tensor } from "@tensorflow/tfjs-core";
import type { LinearSpec, OpFn } from "@dqrm/core";
import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { Runtime } from "../runtime/runtime.ts";

/** Computes dyᵀ·x. @shape x f32[samples × inputs], dy f32[samples × outputs] → f32[outputs × inputs] */
export function linearBackwardWeight(x: Tensor, dy: Tensor): Tensor {
  return matMul(dy, x, true, false);
}

/** Sums dy over samples. @shape dy f32[samples × outputs] → f32[outputs] */
export function linearBackwardBias(dy: Tensor): Tensor {
  return sum(dy, 0);
}

/** Prepares the gradients of a linear layer's parameters. */
export function prepareLinearBackwardWeight(
  { inputs, outputs }: LinearSpec,
  runtime: Runtime,
): OpFn<"linearBackwardWeight"> {
  const op = "linearBackwardWeight";
  checkSize(op, "inputs", inputs);
  checkSize(op, "outputs", outputs);
  return function linearBackwardWeightKernel(x, dy, samples, dweight, dbias, begin, end) {
    checkPart(op, begin, end);
    checkLength(op, "outputs", outputs, end);
    checkLength(op, "x", x.length, samples * inputs);
    checkLength(op, "dy", dy.length, samples * outputs);
    checkLength(op, "dweight", dweight.length, end * inputs);
    if (dbias.length > 0) checkLength(op, "dbias", dbias.length, end);
    if (begin === end) return;
    if (samples === 0) {
      dweight.fill(0, begin * inputs, end * inputs);
      dbias.fill(0, begin, end);
      return;
    }
    runtime.run(() => {
      const all = runtime.send(dy.subarray(0, samples * outputs), [samples, outputs]);
      const part = slice(all, [0, begin], [samples, end - begin]);
      const inputOf = runtime.send(x.subarray(0, samples * inputs), [samples, inputs]);
      runtime.receive(linearBackwardWeight(inputOf, part), dweight, begin * inputs);
      if (dbias.length > 0) runtime.receive(linearBackwardBias(part), dbias, begin);
    });
  };
}

import { matMul, type Tensor } from "@tensorflow/tfjs-core";
import type { LinearSpec, OpFn } from "@dqrm/core";
import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { OpRunner } from "../runtime/op-runner.ts";

/** Computes dy·weight. @shape dy f32[samples × outputs], weight f32[outputs × inputs] → f32[samples × inputs] */
export function linearBackwardInput(dy: Tensor, weight: Tensor): Tensor {
  return matMul(dy, weight);
}

/** Prepares the gradient of a linear layer's input. */
export function prepareLinearBackwardInput(spec: LinearSpec, run: OpRunner): OpFn<"linearBackwardInput"> {
  const op = "linearBackwardInput";
  const { inputs, outputs } = spec;
  checkSize(op, "inputs", inputs);
  checkSize(op, "outputs", outputs);
  return function linearBackwardInputKernel(dy, weight, dx, begin, end) {
    checkPart(op, begin, end);
    checkLength(op, "dy", dy.length, end * outputs);
    checkLength(op, "weight", weight.length, outputs * inputs);
    checkLength(op, "dx", dx.length, end * inputs);
    if (begin === end) return;
    const from = [
      { values: dy.subarray(begin * outputs, end * outputs), shape: [end - begin, outputs] },
      { values: weight.subarray(0, outputs * inputs), shape: [outputs, inputs] },
    ];
    run(op, spec, from, [dx.subarray(begin * inputs, end * inputs)]);
  };
}

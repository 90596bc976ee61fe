import { matMul, sum, type Tensor } from "@tensorflow/tfjs-core";
import type { LinearSpec, OpFn } from "@dqrm/core";
import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { OpRunner } from "../runtime/op-runner.ts";

/** Computes dyᵀ·x. @shape x f32[samples × inputs], dy f32[samples × outputs] → f32[outputs × inputs] */
export function linearBackwardWeight(x: Tensor, dy: Tensor): Tensor {
  return matMul(dy, x, true, false);
}

/** Sums dy over samples. @shape dy f32[samples × outputs] → f32[outputs] */
export function linearBackwardBias(dy: Tensor): Tensor {
  return sum(dy, 0);
}

/** Prepares the gradients of a linear layer's parameters. */
export function prepareLinearBackwardWeight(spec: LinearSpec, run: OpRunner): OpFn<"linearBackwardWeight"> {
  const op = "linearBackwardWeight";
  const { inputs, outputs } = spec;
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
    const from = [
      { values: x.subarray(0, samples * inputs), shape: [samples, inputs] },
      {
        values: columns(dy.subarray(0, samples * outputs), outputs, begin, end),
        shape: [samples, end - begin],
      },
    ];
    const bias = dbias.length > 0 ? dbias.subarray(begin, end) : new Float32Array(end - begin);
    run(op, spec, from, [dweight.subarray(begin * inputs, end * inputs), bias]);
  };
}

/** Cuts columns [begin, end) out of a matrix. */
function columns(matrix: Float32Array, cols: number, begin: number, end: number): Float32Array {
  const width = end - begin;
  if (width === cols) return matrix;
  const part = new Float32Array((matrix.length / cols) * width);
  for (let from = begin, to = 0; to < part.length; from += cols, to += width) {
    part.set(matrix.subarray(from, from + width), to);
  }
  return part;
}

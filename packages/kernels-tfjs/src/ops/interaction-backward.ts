import {
  add,
  concat,
  gather,
  matMul,
  pad,
  reshape,
  slice,
  transpose,
  zeros,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { InteractionSpec, OpFn } from "@dqrm/core";
import { checkLength, checkPart, checkSize, interactionOutputs } from "@dqrm/core/checks";
import type { OpRunner } from "../runtime/op-runner.ts";
import { pairCount, trianglePlaces } from "./interaction-pairs.ts";

/**
 * Computes the gradient of the interaction.
 *
 * @shape vectors f32[samples × vectors × cols], ddst f32[samples × outputs], places i32[vectors²] of {@link trianglePlaces}
 *        → f32[samples × vectors × cols]
 */
export function interactionBackward(
  spec: InteractionSpec,
  vectors: Tensor,
  ddst: Tensor,
  places: Tensor,
): Tensor {
  const { cols, kind, vectors: count } = spec;
  const samples = vectors.shape[0];
  if (kind === "cat") return reshape(ddst, [samples, count, cols]);
  const first = reshape(slice(ddst, [0, 0], [samples, cols]), [samples, 1, cols]);
  const pairs = pairCount(spec);
  if (pairs === 0) return first;
  const products = concat([slice(ddst, [0, cols], [samples, pairs]), zeros([samples, 1])], 1);
  const lower = reshape(gather(products, places, 1), [samples, count, count]);
  // A vector's product with itself is on the diagonal, and the sum takes it twice, as its derivative does.
  const both = add(lower, transpose(lower, [0, 2, 1]));
  const copied = pad(first, [
    [0, 0],
    [0, count - 1],
    [0, 0],
  ]);
  return add(matMul(both, vectors), copied);
}

/** Prepares the gradient of an interaction. */
export function prepareInteractionBackward(
  spec: InteractionSpec,
  run: OpRunner,
): OpFn<"interactionBackward"> {
  const op = "interactionBackward";
  const { cols, vectors } = spec;
  checkSize(op, "vectors", vectors);
  checkSize(op, "cols", cols);
  const outputs = interactionOutputs(spec);
  const inputs = vectors * cols;
  const values = trianglePlaces(spec);
  const places = { values, shape: [values.length] };
  return function interactionBackwardKernel(source, ddst, dvectors, begin, end) {
    checkPart(op, begin, end);
    checkLength(op, "vectors", source.length, end * inputs);
    checkLength(op, "ddst", ddst.length, end * outputs);
    checkLength(op, "dvectors", dvectors.length, end * inputs);
    if (begin === end) return;
    const samples = end - begin;
    const part = { values: source.subarray(begin * inputs, end * inputs), shape: [samples, vectors, cols] };
    const gradient = { values: ddst.subarray(begin * outputs, end * outputs), shape: [samples, outputs] };
    run(op, spec, [part, gradient, places], [dvectors.subarray(begin * inputs, end * inputs)]);
  };
}

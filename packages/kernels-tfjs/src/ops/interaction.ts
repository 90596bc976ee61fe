import { concat, gather, matMul, reshape, slice, type Tensor } from "@tensorflow/tfjs-core";
import type { InteractionSpec, OpFn } from "@dqrm/core";
import { checkLength, checkPart, checkSize, interactionOutputs } from "@dqrm/core/checks";
import type { OpRunner } from "../runtime/op-runner.ts";
import { pairCount, pairPlaces } from "./interaction-pairs.ts";

/**
 * Computes the interaction of each sample's vectors.
 *
 * @shape vectors f32[samples × vectors × cols], places i32[pairs] of {@link pairPlaces}
 */
export function interaction(spec: InteractionSpec, vectors: Tensor, places: Tensor): Tensor {
  const { cols, kind, vectors: count } = spec;
  const samples = vectors.shape[0];
  if (kind === "cat") return reshape(vectors, [samples, count * cols]);
  const first = reshape(slice(vectors, [0, 0, 0], [samples, 1, cols]), [samples, cols]);
  if (pairCount(spec) === 0) return first;
  const products = reshape(matMul(vectors, vectors, false, true), [samples, count * count]);
  return concat([first, gather(products, places, 1)], 1);
}

/** Prepares the interaction of each sample's vectors. */
export function prepareInteraction(spec: InteractionSpec, run: OpRunner): OpFn<"interaction"> {
  const op = "interaction";
  const { cols, vectors } = spec;
  checkSize(op, "vectors", vectors);
  checkSize(op, "cols", cols);
  const outputs = interactionOutputs(spec);
  const inputs = vectors * cols;
  const values = pairPlaces(spec);
  const places = { values, shape: [values.length] };
  return function interactionKernel(source, dst, begin, end) {
    checkPart(op, begin, end);
    checkLength(op, "vectors", source.length, end * inputs);
    checkLength(op, "dst", dst.length, end * outputs);
    if (begin === end) return;
    const part = {
      values: source.subarray(begin * inputs, end * inputs),
      shape: [end - begin, vectors, cols],
    };
    run(op, spec, [part, places], [dst.subarray(begin * outputs, end * outputs)]);
  };
}

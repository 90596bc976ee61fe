import type { Param } from "../device/params.ts";

/** Gives a learning rate as two floats, whose sum is its double but for the last bits. */
export function rateParams(learningRate: number): readonly Param[] {
  const rate = Math.fround(learningRate);
  return [{ f32: rate }, { f32: learningRate - rate }];
}

/** Lets update-rows.wgsl update: the host has looked at the gradients. */
export const NO_REFUSAL: Uint32Array = new Uint32Array(1);

import type { Kernels } from "@dqrm/core";

/** Adds arrays of as many values to each other in place, each sum rounded to f32. */
export interface ValueSums {
  add(target: Float32Array, values: Float32Array): void;
  subtract(target: Float32Array, values: Float32Array): void;
}

const NO_STATE = new Float32Array(0);

/** Prepares sums: to the kernels they are updates by plain SGD, at a rate of −1 or 1. */
export function prepareSums(kernels: Kernels): ValueSums {
  const update = kernels.prepare("updateDense", { optimizer: { kind: "sgd" } });
  return {
    add(target, values) {
      update(target, values, NO_STATE, -1, 0, target.length);
    },
    subtract(target, values) {
      update(target, values, NO_STATE, 1, 0, target.length);
    },
  };
}

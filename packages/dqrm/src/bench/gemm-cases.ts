import type { Arena, Kernels, LinearSpec } from "@dqrm/core";
import { fillUniform } from "./noise.ts";

/** Names the matrix products of a linear layer. */
export type GemmOp = "linear" | "linearBackwardInput" | "linearBackwardWeight";

/** Lists the matrix products of a linear layer: forward, gradient of the inputs, gradient of the weights. */
export const GEMM_OPS: readonly GemmOp[] = ["linear", "linearBackwardInput", "linearBackwardWeight"];

/** Describes one product. */
export interface GemmShape extends LinearSpec {
  readonly samples: number;
}

/** Says what a product is made of. */
export interface GemmMaterial {
  readonly kernels: Kernels;
  readonly arena: Arena;
  /** Takes the magnitudes of the random numbers. */
  readonly magnitudes: boolean;
}

/** Holds a product that is ready to run. */
export interface GemmCase {
  readonly run: () => void;
  /** What `run` overwrites. */
  readonly result: Float32Array;
  /** Terms of each sum of the result. */
  readonly terms: number;
}

/**
 * Prepares a product over random matrices, or over their magnitudes, which bounds the rounding of its sums.
 *
 * The bias is zero, and nothing follows the layer.
 */
export function prepareGemm(
  op: GemmOp,
  { inputs, outputs, samples }: GemmShape,
  { arena, kernels, magnitudes }: GemmMaterial,
): GemmCase {
  const matrix = (length: number, seed: number): Float32Array => {
    const values = arena.float32(length);
    fillUniform(values, 1, seed);
    return magnitudes ? values.map(Math.abs) : values;
  };
  const x = matrix(samples * inputs, 1);
  const weight = matrix(outputs * inputs, 2);
  const dy = matrix(samples * outputs, 3);
  const bias = arena.float32(outputs);
  switch (op) {
    case "linear": {
      const result = dy;
      const kernel = kernels.prepare("linear", { inputs, outputs, activation: "none" });
      const run = (): void => kernel(x, weight, bias, result, 0, samples);
      return { run, result, terms: inputs };
    }
    case "linearBackwardInput": {
      const result = x;
      const kernel = kernels.prepare("linearBackwardInput", { inputs, outputs });
      const run = (): void => kernel(dy, weight, result, 0, samples);
      return { run, result, terms: outputs };
    }
    case "linearBackwardWeight": {
      const result = weight;
      const kernel = kernels.prepare("linearBackwardWeight", { inputs, outputs });
      const run = (): void => kernel(x, dy, samples, result, bias, 0, outputs);
      return { run, result, terms: samples };
    }
  }
}

import type { OptimizerSpec } from "../kernel/ops.ts";
import { EPSILON } from "./expect.ts";

/** Lists the update rules that the kit tries; the second epsilon is large enough to show where it is added. */
export const OPTIMIZERS: readonly OptimizerSpec[] = [
  { kind: "sgd" },
  ...[1e-10, 0.5].flatMap((epsilon): OptimizerSpec[] => [
    { kind: "adagrad", epsilon },
    { kind: "rowwise-adagrad", epsilon },
  ]),
];

/** Names an update rule in case names. */
export function optimizerLabel(optimizer: OptimizerSpec): string {
  return optimizer.kind === "sgd" ? "sgd" : `${optimizer.kind} ε=${optimizer.epsilon}`;
}

/** A handful of operations in double, each of relative error 2^−53. */
const DOUBLE_ROUNDINGS: number = 64 * 2 ** -53;

/**
 * Bounds the error of updated numbers: operations in double, in any order, then one rounding to f32, which may fall
 * on either neighbour.
 */
export function updateBound(before: Float32Array, after: Float32Array): Float64Array {
  return Float64Array.from(after, (w, i) => {
    const moved = Math.abs(before[i]) + Math.abs(before[i] - w);
    return Math.max(EPSILON * Math.abs(w), 2 ** -149) + DOUBLE_ROUNDINGS * moved;
  });
}

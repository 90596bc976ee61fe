import { DqrmError } from "../errors.ts";
import type { OptimizerSpec } from "../kernel/ops.ts";

/** Steps `count` weights against their gradient. */
export function stepSgd(
  weights: Float32Array,
  at: number,
  gradient: Float32Array,
  from: number,
  count: number,
  learningRate: number,
): void {
  for (let i = 0; i < count; i++) weights[at + i] -= learningRate * gradient[from + i];
}

/** Steps `count` weights, each damped by the squares of its own gradients so far. */
export function stepAdagrad(
  weights: Float32Array,
  state: Float32Array,
  at: number,
  gradient: Float32Array,
  from: number,
  count: number,
  learningRate: number,
  epsilon: number,
): void {
  for (let i = 0; i < count; i++) {
    const g = gradient[from + i];
    // Nothing to step by; without an epsilon, 0/0 would make the weight NaN.
    if (g === 0) continue;
    const sum = state[at + i] + g * g;
    state[at + i] = sum;
    weights[at + i] -= (learningRate * g) / (Math.sqrt(sum) + epsilon);
  }
}

/**
 * Checks a learning rate before it reaches a weight.
 *
 * @throws VALUE when it is NaN or infinite
 */
export function checkLearningRate(op: string, learningRate: number): void {
  if (Number.isFinite(learningRate)) return;
  throw new DqrmError("VALUE", {
    op,
    what: "learningRate",
    expected: "a finite number",
    actual: String(learningRate),
  });
}

/**
 * Checks what fixes an update rule.
 *
 * @throws VALUE when epsilon is negative, NaN or infinite
 */
export function checkOptimizer(op: string, optimizer: OptimizerSpec): void {
  if (optimizer.kind === "sgd") return;
  const { epsilon } = optimizer;
  if (Number.isFinite(epsilon) && epsilon >= 0) return;
  throw new DqrmError("VALUE", {
    op,
    what: "epsilon",
    expected: "a finite number >= 0",
    actual: String(epsilon),
  });
}

/** Smallest f32 number that keeps all its digits. */
const LEAST_NORMAL: number = 2 ** -126;

/** Tells whether a rate keeps its digits as an f32, for kernels that multiply by one where the reference does in double. */
export function isNormalFloat(rate: number): boolean {
  const magnitude = Math.abs(rate);
  return magnitude === 0 || (magnitude >= LEAST_NORMAL && Math.fround(magnitude) !== Infinity);
}

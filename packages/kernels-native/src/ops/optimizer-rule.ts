import type { OptimizerSpec } from "@dqrm/core";

const RULES = { sgd: 0, adagrad: 1, "rowwise-adagrad": 2 } as const satisfies Record<
  OptimizerSpec["kind"],
  number
>;

/** Gives the number by which the addon knows an update rule, and its epsilon. */
export function optimizerRule(optimizer: OptimizerSpec): { readonly rule: number; readonly epsilon: number } {
  return { rule: RULES[optimizer.kind], epsilon: optimizer.kind === "sgd" ? 0 : optimizer.epsilon };
}

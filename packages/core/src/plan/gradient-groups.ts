import type { GradientGroup } from "./plan.ts";

/**
 * Lists the groups of a model's gradients, in the order in which a backward pass finishes them: what a plan says that computes all
 * at once.
 *
 * ```ts doctest
 * import { GRADIENT_GROUPS } from "@dqrm/core";
 * GRADIENT_GROUPS[0]; // => "top"
 * ```
 */
export const GRADIENT_GROUPS: readonly GradientGroup[] = [
  "top",
  "tables",
  "poolingWeights",
  "projections",
  "bottom",
];

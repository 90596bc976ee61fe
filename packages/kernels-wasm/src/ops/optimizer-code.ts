import type { OptimizerSpec } from "@dqrm/core";

/** Numbers the update rules, as assembly/ops/update.ts has them. */
export const OPTIMIZER_CODES: Readonly<Record<OptimizerSpec["kind"], number>> = {
  sgd: 0,
  adagrad: 1,
  "rowwise-adagrad": 2,
};

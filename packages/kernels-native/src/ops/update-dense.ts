import type { OpFn, OpSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { optimizerRule } from "./optimizer-rule.ts";

/** Prepares the update of a dense parameter. */
export function prepareUpdateDense(spec: OpSpec<"updateDense">, native: NativeKernels): OpFn<"updateDense"> {
  const explain = prepareReference("updateDense", spec);
  const { rule, epsilon } = optimizerRule(spec.optimizer);
  return function updateDense(weight, gradient, state, learningRate, begin, end) {
    if (native.updateDense(weight, gradient, state, learningRate, rule, epsilon, begin, end)) return;
    explain(weight, gradient, state, learningRate, begin, end);
    failArrays("updateDense");
  };
}

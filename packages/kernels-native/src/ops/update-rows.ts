import type { OpFn, UpdateRowsSpec } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";
import { optimizerRule } from "./optimizer-rule.ts";

/** Prepares the update of the rows that a batch touched. */
export function prepareUpdateRows(spec: UpdateRowsSpec, native: NativeKernels): OpFn<"updateRows"> {
  const explain = prepareReference("updateRows", spec);
  const { cols } = spec;
  const { rule, epsilon } = optimizerRule(spec.optimizer);
  return function updateRows(table, rows, state, gradient, learningRate, range, begin, end) {
    const done =
      gradient.count >= end &&
      native.updateRows(
        table,
        rows,
        state,
        gradient.rows,
        gradient.values,
        learningRate,
        range?.tree,
        range?.dirty,
        range?.leaves,
        rule,
        epsilon,
        cols,
        begin,
        end,
      );
    if (done) return;
    explain(table, rows, state, gradient, learningRate, range, begin, end);
    failArrays("updateRows");
  };
}

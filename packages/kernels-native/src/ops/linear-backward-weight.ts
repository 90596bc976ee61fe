import type { LinearSpec, OpFn } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the gradients of a linear layer's parameters. */
export function prepareLinearBackwardWeight(
  spec: LinearSpec,
  native: NativeKernels,
): OpFn<"linearBackwardWeight"> {
  const explain = prepareReference("linearBackwardWeight", spec);
  const { inputs, outputs } = spec;
  return function linearBackwardWeight(x, dy, samples, dweight, dbias, begin, end) {
    if (native.linearBackwardWeight(x, dy, samples, dweight, dbias, inputs, outputs, begin, end)) return;
    explain(x, dy, samples, dweight, dbias, begin, end);
    failArrays("linearBackwardWeight");
  };
}

import type { LinearSpec, OpFn } from "@dqrm/core";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the gradient of a linear layer's input. */
export function prepareLinearBackwardInput(
  spec: LinearSpec,
  native: NativeKernels,
): OpFn<"linearBackwardInput"> {
  const explain = prepareReference("linearBackwardInput", spec);
  const { inputs, outputs } = spec;
  return function linearBackwardInput(dy, weight, dx, begin, end) {
    if (native.linearBackwardInput(dy, weight, dx, inputs, outputs, begin, end)) return;
    explain(dy, weight, dx, begin, end);
    failArrays("linearBackwardInput");
  };
}

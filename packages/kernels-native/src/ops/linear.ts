import type { OpFn, OpSpec } from "@dqrm/core";
import { ACTIVATION_NUMBERS } from "./activation-number.ts";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares a linear layer and what follows it. */
export function prepareLinear(spec: OpSpec<"linear">, native: NativeKernels): OpFn<"linear"> {
  const explain = prepareReference("linear", spec);
  const { inputs, outputs } = spec;
  const activation = ACTIVATION_NUMBERS[spec.activation];
  return function linear(x, weight, bias, y, begin, end) {
    if (native.linear(x, weight, bias, y, inputs, outputs, activation, begin, end)) return;
    explain(x, weight, bias, y, begin, end);
    failArrays("linear");
  };
}

import type { OpFn, OpSpec } from "@dqrm/core";
import { ACTIVATION_NUMBERS } from "./activation-number.ts";
import { failArrays, prepareReference } from "./explain.ts";
import type { NativeKernels } from "./native-kernels.ts";

/** Prepares the gradient of an activation. */
export function prepareActivationBackward(
  spec: OpSpec<"activationBackward">,
  native: NativeKernels,
): OpFn<"activationBackward"> {
  const explain = prepareReference("activationBackward", spec);
  const activation = ACTIVATION_NUMBERS[spec.activation];
  return function activationBackward(y, dy, begin, end) {
    if (native.activationBackward(y, dy, activation, begin, end)) return;
    explain(y, dy, begin, end);
    failArrays("activationBackward");
  };
}

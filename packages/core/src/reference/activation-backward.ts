import type { OpFn, OpSpec } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";

/** Prepares the gradient of an activation. */
export function prepareActivationBackward({
  activation,
}: OpSpec<"activationBackward">): OpFn<"activationBackward"> {
  return function activationBackward(y, dy, begin, end) {
    checkPart("activationBackward", begin, end);
    checkLength("activationBackward", "y", y.length, end);
    checkLength("activationBackward", "dy", dy.length, end);
    if (activation === "relu") {
      for (let i = begin; i < end; i++) dy[i] *= y[i] <= 0 ? 0 : 1;
    } else if (activation === "sigmoid") {
      for (let i = begin; i < end; i++) dy[i] *= y[i] * (1 - y[i]);
    }
  };
}

import { cast, lessEqual, logicalNot, mul, sub, type Tensor } from "@tensorflow/tfjs-core";
import type { Activation, OpFn, OpSpec } from "@dqrm/core";
import { checkLength, checkPart } from "@dqrm/core/checks";
import type { Runtime } from "../runtime/runtime.ts";

/** Multiplies dy by the derivative of the activation, given its result y; relu'(0) = 0. */
export function activationBackward(y: Tensor, dy: Tensor, activation: Activation): Tensor {
  switch (activation) {
    case "none":
      return dy;
    case "relu":
      return mul(dy, cast(logicalNot(lessEqual(y, 0)), "float32"));
    case "sigmoid":
      return mul(dy, mul(y, sub(1, y)));
  }
}

/** Prepares the gradient of an activation. */
export function prepareActivationBackward(
  { activation }: OpSpec<"activationBackward">,
  runtime: Runtime,
): OpFn<"activationBackward"> {
  const op = "activationBackward";
  return function activationBackwardKernel(y, dy, begin, end) {
    checkPart(op, begin, end);
    checkLength(op, "y", y.length, end);
    checkLength(op, "dy", dy.length, end);
    if (begin === end || activation === "none") return;
    runtime.run(() => {
      const result = runtime.send(y.subarray(begin, end), [end - begin]);
      const gradient = runtime.send(dy.subarray(begin, end), [end - begin]);
      runtime.receive(activationBackward(result, gradient, activation), dy, begin);
    });
  };
}

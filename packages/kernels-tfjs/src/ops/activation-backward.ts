import { cast, lessEqual, logicalNot, mul, sub, type Tensor } from "@tensorflow/tfjs-core";
import type { Activation, OpFn, OpSpec } from "@dqrm/core";
import { checkLength, checkPart } from "@dqrm/core/checks";
import type { OpRunner } from "../runtime/op-runner.ts";

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
  spec: OpSpec<"activationBackward">,
  run: OpRunner,
): OpFn<"activationBackward"> {
  const op = "activationBackward";
  const { activation } = spec;
  return function activationBackwardKernel(y, dy, begin, end) {
    checkPart(op, begin, end);
    checkLength(op, "y", y.length, end);
    checkLength(op, "dy", dy.length, end);
    if (begin === end || activation === "none") return;
    const shape = [end - begin];
    const gradient = dy.subarray(begin, end);
    run(
      op,
      spec,
      [
        { values: y.subarray(begin, end), shape },
        { values: gradient, shape },
      ],
      [gradient],
    );
  };
}

import { checkLength, checkPart } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import { ACTIVATION_CODES } from "./activation-code.ts";
import type { Factory } from "./factory.ts";
import { runSingle } from "./single-pass.ts";

const op = "activationBackward";

/** Serves the gradient of an activation. */
export function serveActivationBackward(host: Host): Factory<"activationBackward"> {
  return function prepareActivationBackward({ activation }) {
    return function activationBackward(y, dy, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "y", y.length, end);
      checkLength(op, "dy", dy.length, end);
      runSingle(host, {
        shader: "activation-backward",
        params: [end - begin, Math.max(1, end - begin), 0, ACTIVATION_CODES[activation]],
        reads: [y.subarray(begin, end)],
        writes: [dy.subarray(begin, end)],
        updates: true,
        invocations: end - begin,
      });
    };
  };
}

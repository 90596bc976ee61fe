import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { runSingle, tiles } from "./single-pass.ts";

const op = "linearBackwardInput";

/** Serves the gradient of a linear layer's input. */
export function serveLinearBackwardInput(host: Host): Factory<"linearBackwardInput"> {
  return function prepareLinearBackwardInput({ inputs, outputs }) {
    checkSize(op, "inputs", inputs);
    checkSize(op, "outputs", outputs);

    return function linearBackwardInput(dy, weight, dx, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "dy", dy.length, end * outputs);
      checkLength(op, "weight", weight.length, outputs * inputs);
      checkLength(op, "dx", dx.length, end * inputs);
      const samples = end - begin;
      const layout = [0, outputs, 1, inputs, 1, inputs];
      runSingle(host, {
        shader: "matrix-product",
        params: [samples, inputs, outputs, ...layout, false, 0],
        reads: [
          dy.subarray(begin * outputs, end * outputs),
          weight.subarray(0, outputs * inputs),
          dy.subarray(0, 0),
        ],
        writes: [dx.subarray(begin * inputs, end * inputs)],
        invocations: tiles(samples, inputs),
      });
    };
  };
}

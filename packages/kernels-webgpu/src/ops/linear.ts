import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import { ACTIVATION_CODES } from "./activation-code.ts";
import type { Factory } from "./factory.ts";
import { runSingle, tiles } from "./single-pass.ts";

const op = "linear";

/** Serves a linear layer and what follows it. */
export function serveLinear(host: Host): Factory<"linear"> {
  return function prepareLinear({ activation, inputs, outputs }) {
    checkSize(op, "inputs", inputs);
    checkSize(op, "outputs", outputs);

    return function linear(x, weight, bias, y, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "x", x.length, end * inputs);
      checkLength(op, "weight", weight.length, outputs * inputs);
      if (bias.length > 0) checkLength(op, "bias", bias.length, outputs);
      checkLength(op, "y", y.length, end * outputs);
      const samples = end - begin;
      const layout = [0, inputs, 1, 1, inputs, outputs];
      runSingle(host, {
        shader: "matrix-product",
        params: [samples, outputs, inputs, ...layout, bias.length > 0, ACTIVATION_CODES[activation]],
        reads: [
          x.subarray(begin * inputs, end * inputs),
          weight.subarray(0, outputs * inputs),
          bias.subarray(0, outputs),
        ],
        writes: [y.subarray(begin * outputs, end * outputs)],
        invocations: tiles(samples, outputs),
      });
    };
  };
}

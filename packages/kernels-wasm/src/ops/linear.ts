import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { InferenceExports } from "../inference.generated.ts";
import { samplesPerPart, type Factory, type Host } from "./host.ts";

/** Serves a linear layer and what follows it. */
export function serveLinear({ exports, stage }: Host<InferenceExports>): Factory<"linear"> {
  return function prepareLinear({ inputs, outputs, activation }) {
    checkSize("linear", "inputs", inputs);
    checkSize("linear", "outputs", outputs);
    const step = samplesPerPart(inputs, outputs);

    return function linear(x, weight, bias, y, begin, end) {
      checkPart("linear", begin, end);
      checkLength("linear", "x", x.length, end * inputs);
      checkLength("linear", "weight", weight.length, outputs * inputs);
      if (bias.length > 0) checkLength("linear", "bias", bias.length, outputs);
      checkLength("linear", "y", y.length, end * outputs);
      for (let row = begin; row < end; row += step) {
        const last = Math.min(row + step, end);
        stage.open();
        const to = stage.room(y, row * outputs, last * outputs);
        const at = to + 4 * row * outputs;
        exports.multiplyRows(
          stage.read(x, row * inputs, last * inputs) + 4 * row * inputs,
          stage.read(weight, 0, outputs * inputs),
          inputs,
          bias.length > 0 ? stage.read(bias, 0, outputs) : 0,
          at,
          last - row,
          outputs,
        );
        if (activation === "relu") exports.applyRelu(at, (last - row) * outputs);
        stage.give(y, row * outputs, last * outputs, to);
      }
      if (activation === "sigmoid") {
        for (let i = begin * outputs; i < end * outputs; i++) y[i] = 1 / (1 + Math.exp(-y[i]));
      }
    };
  };
}

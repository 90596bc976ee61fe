import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { samplesPerPart, type Factory, type Host } from "./host.ts";
import { PANEL_BYTES } from "./panel-bytes.ts";

const op = "linearBackwardInput";

/** Serves the gradient of a linear layer's input. */
export function serveLinearBackwardInput({
  exports,
  stage,
}: Host<TrainingExports>): Factory<"linearBackwardInput"> {
  return function prepareLinearBackwardInput({ inputs, outputs }) {
    checkSize(op, "inputs", inputs);
    checkSize(op, "outputs", outputs);
    const step = samplesPerPart(inputs, outputs);

    return function linearBackwardInput(dy, weight, dx, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "dy", dy.length, end * outputs);
      checkLength(op, "weight", weight.length, outputs * inputs);
      checkLength(op, "dx", dx.length, end * inputs);
      for (let row = begin; row < end; row += step) {
        const last = Math.min(row + step, end);
        stage.open();
        const to = stage.room(dx, row * inputs, last * inputs);
        exports.multiplyColumns(
          stage.read(dy, row * outputs, last * outputs) + 4 * row * outputs,
          4 * outputs,
          4,
          stage.read(weight, 0, outputs * inputs),
          4 * inputs,
          outputs,
          to + 4 * row * inputs,
          4 * inputs,
          last - row,
          inputs,
          stage.take(PANEL_BYTES),
        );
        stage.give(dx, row * inputs, last * inputs, to);
      }
    };
  };
}

import { checkLength, checkPart } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";

const STEP = rowsPerPart(2 * Float32Array.BYTES_PER_ELEMENT);

/** Serves the gradient of an activation. */
export function serveActivationBackward({
  exports,
  stage,
}: Host<TrainingExports>): Factory<"activationBackward"> {
  return function prepareActivationBackward({ activation }) {
    const multiply = activation === "relu" ? exports.reluBackward : exports.sigmoidBackward;
    return function activationBackward(y, dy, begin, end) {
      checkPart("activationBackward", begin, end);
      checkLength("activationBackward", "y", y.length, end);
      checkLength("activationBackward", "dy", dy.length, end);
      if (activation === "none") return;
      for (let from = begin; from < end; from += STEP) {
        const to = Math.min(from + STEP, end);
        stage.open();
        const at = stage.read(dy, from, to);
        multiply(stage.read(y, from, to) + 4 * from, at + 4 * from, to - from);
        stage.give(dy, from, to, at);
      }
    };
  };
}

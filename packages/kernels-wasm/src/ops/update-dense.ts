import { checkLearningRate, checkLength, checkOptimizer, checkPart } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { checkGradient } from "./check-gradient.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";

const STEP = rowsPerPart(3 * Float32Array.BYTES_PER_ELEMENT);

/** Serves the update of a dense parameter. */
export function serveUpdateDense(host: Host<TrainingExports>): Factory<"updateDense"> {
  const { exports, stage } = host;
  return function prepareUpdateDense({ optimizer }) {
    checkOptimizer("updateDense", optimizer);
    return function updateDense(weight, gradient, state, learningRate, begin, end) {
      checkPart("updateDense", begin, end);
      checkLearningRate("updateDense", learningRate);
      checkLength("updateDense", "weight", weight.length, end);
      checkLength("updateDense", "gradient", gradient.length, end);
      if (optimizer.kind !== "sgd") checkLength("updateDense", "state", state.length, end);
      checkGradient(host, gradient, begin, end);
      for (let from = begin; from < end; from += STEP) {
        const to = Math.min(from + STEP, end);
        stage.open();
        const at = stage.read(weight, from, to);
        const slope = stage.read(gradient, from, to) + 4 * from;
        if (optimizer.kind === "sgd") exports.stepSgd(at + 4 * from, slope, to - from, learningRate);
        else {
          const held = stage.read(state, from, to);
          exports.stepAdagrad(
            at + 4 * from,
            held + 4 * from,
            slope,
            to - from,
            learningRate,
            optimizer.epsilon,
          );
          stage.give(state, from, to, held);
        }
        stage.give(weight, from, to, at);
      }
    };
  };
}

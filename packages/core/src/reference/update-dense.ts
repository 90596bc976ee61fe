import type { OpFn, OpSpec } from "../kernel/ops.ts";
import { checkFinite, checkLength, checkPart } from "./checks.ts";
import { checkLearningRate, checkOptimizer, stepAdagrad, stepSgd } from "./update-span.ts";

/** Prepares the update of a dense parameter. */
export function prepareUpdateDense({ optimizer }: OpSpec<"updateDense">): OpFn<"updateDense"> {
  checkOptimizer("updateDense", optimizer);
  return function updateDense(weight, gradient, state, learningRate, begin, end) {
    checkPart("updateDense", begin, end);
    checkLearningRate("updateDense", learningRate);
    checkLength("updateDense", "weight", weight.length, end);
    checkLength("updateDense", "gradient", gradient.length, end);
    if (optimizer.kind !== "sgd") checkLength("updateDense", "state", state.length, end);
    checkFinite("gradient", gradient, begin, end);
    const count = end - begin;
    if (optimizer.kind === "sgd") stepSgd(weight, begin, gradient, begin, count, learningRate);
    else stepAdagrad(weight, state, begin, gradient, begin, count, learningRate, optimizer.epsilon);
  };
}

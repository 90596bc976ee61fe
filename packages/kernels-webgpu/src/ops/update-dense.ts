import { reference } from "@dqrm/core";
import {
  checkFinite,
  checkLearningRate,
  checkLength,
  checkOptimizer,
  checkPart,
  isNormalFloat,
} from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { NO_REFUSAL, rateParams } from "./rate-params.ts";
import { runSingle } from "./single-pass.ts";

const op = "updateDense";

/** Serves the update of dense parameters by sgd; adagrad divides by roots in double, which WGSL does not have. */
export function serveUpdateDense(host: Host): Factory<"updateDense"> {
  return function prepareUpdateDense(spec) {
    checkOptimizer(op, spec.optimizer);
    if (spec.optimizer.kind !== "sgd") return undefined;
    const define = reference.ops.updateDense?.(spec);

    return function updateDense(weight, gradient, state, learningRate, begin, end) {
      checkPart(op, begin, end);
      checkLearningRate(op, learningRate);
      checkLength(op, "weight", weight.length, end);
      checkLength(op, "gradient", gradient.length, end);
      checkFinite("gradient", gradient, begin, end);
      if (!isNormalFloat(learningRate)) {
        // Two floats do not hold such a rate; the reference's double does.
        define?.(weight, gradient, state, learningRate, begin, end);
        return;
      }
      // One row that is as long as the part.
      runSingle(host, {
        shader: "update-rows",
        params: [1, end - begin, 0, 1, ...rateParams(learningRate)],
        writes: [weight.subarray(begin, end)],
        updates: true,
        reads: [Uint32Array.of(0), gradient.subarray(begin, end), NO_REFUSAL],
        invocations: end - begin,
      });
    };
  };
}

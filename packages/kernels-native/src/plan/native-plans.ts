import type { PlanFactories } from "@dqrm/core";
import { createNativeInference } from "./inference-plan.ts";
import { createNativeTraining, type PlanContext } from "./training-plan.ts";

/** Offers the fused plans of one loaded backend. */
export function nativePlans(context: PlanContext): PlanFactories {
  return {
    training: (spec, state, options) => createNativeTraining(context, spec, state, options),
    inference: (model, options) => createNativeInference(context, model, options),
  };
}

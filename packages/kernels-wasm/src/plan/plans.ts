import type { KernelBackend, PlanFactories } from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";
import type { TrainingExports } from "../training.generated.ts";
import { prepareInferencePlans } from "./inference-plans.ts";
import { compileFusedTraining } from "./training-plan.ts";

/**
 * Prepares the fused plans of a runtime; `ops`, the kernels of single ops, serve what a fused step leaves undecided.
 */
export function preparePlans(runtime: Runtime<TrainingExports>, ops: KernelBackend): PlanFactories {
  return {
    ...prepareInferencePlans(runtime, ops),
    training: (spec, state, options) => compileFusedTraining(runtime, { spec, state, options, ops }),
  };
}

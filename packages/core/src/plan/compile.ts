import type { Kernels } from "../kernel/kernels.ts";
import { checkModelSpec } from "./check-model.ts";
import { createInferenceExecutor } from "./inference-executor.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { ModelState } from "./model-state.ts";
import type { InferencePlan, PackedModel, PlanOptions, TrainingPlan } from "./plan.ts";
import { createTrainingExecutor } from "./training-executor.ts";

/**
 * Compiles a model for training: by the first backend with a fused plan for it, else out of single kernels.
 *
 * The plan changes the state's arrays; call `reload` after changing them yourself.
 *
 * @throws VALUE or LIMIT as checkModelSpec; UNSUPPORTED when no backend has a kernel that the model needs
 */
export function compileTraining(
  spec: ModelSpec,
  state: ModelState,
  kernels: Kernels,
  options: PlanOptions,
): TrainingPlan {
  checkModelSpec(spec);
  for (const { plans } of kernels.backends) {
    const plan = plans.training?.(spec, state, options);
    if (plan !== undefined) return plan;
  }
  return createTrainingExecutor(spec, state, kernels, options);
}

/**
 * Compiles a packed model for serving: by the first backend with a fused plan for it, else out of single kernels.
 *
 * @throws VALUE or LIMIT as checkModelSpec; UNSUPPORTED when no backend has a kernel that the model needs
 */
export function compileInference(model: PackedModel, kernels: Kernels, options: PlanOptions): InferencePlan {
  checkModelSpec(model.spec);
  for (const { plans } of kernels.backends) {
    const plan = plans.inference?.(model, options);
    if (plan !== undefined) return plan;
  }
  return createInferenceExecutor(model, kernels, options);
}

import type { KernelBackend, PlanFactories } from "@dqrm/core";
import type { InferenceExports } from "../inference.generated.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { compileFusedInference } from "./inference-plan.ts";

/** Prepares the fused plans of a runtime that only serves; `ops`, the kernels of single ops, unpack a model's layers. */
export function prepareInferencePlans(runtime: Runtime<InferenceExports>, ops: KernelBackend): PlanFactories {
  return { inference: (model, options) => compileFusedInference(runtime, ops, model, options) };
}

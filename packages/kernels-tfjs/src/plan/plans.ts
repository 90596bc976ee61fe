import type { Kernels, PlanFactories } from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";
import { createTfjsInference } from "./inference-plan.ts";
import { createTfjsTraining } from "./training-plan.ts";
import { createVariablesTraining } from "./variables-plan.ts";

/** Gives a plan what it shares with other plans of its backend. */
export interface PlanContext {
  /** Of the kernel backend. */
  readonly name: string;
  readonly runtime: Runtime;
  /** Kernels that look rows up and update them. */
  readonly tables: Kernels;
  /** Keeps tables as dense variables of the backend instead, for comparison. */
  readonly variables: boolean;
}

/** Offers the plans that run a model's layers on a backend of TensorFlow.js, and its tables here. */
export function tfjsPlans(context: PlanContext): PlanFactories {
  return {
    training: (spec, state, options) =>
      (context.variables ? createVariablesTraining : createTfjsTraining)(context, spec, state, options),
    inference: (model, options) => createTfjsInference(context, model, options),
  };
}

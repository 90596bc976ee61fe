import { defineKernels, type KernelBackend } from "@dqrm/core";
import type { InferenceExports } from "../inference.generated.ts";
import { prepareInferencePlans } from "../plan/inference-plans.ts";
import { SERVED_MODELS } from "../plan/served-models.ts";
import { createMachine } from "../runtime/machine.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createStage } from "../runtime/stage.ts";
import { serveInferenceOps } from "../serve-inference-ops.ts";

const DECLINES = {
  training: "is left out, with every op that only training needs, to be a third of the size",
  inference: SERVED_MODELS,
} as const;

/** Builds the kernels and the plan that serve a model, on a runtime. */
export function createInferenceBackend(runtime: Runtime<InferenceExports>): KernelBackend {
  const ops = serveInferenceOps({ exports: runtime.exports, stage: createStage(runtime) });
  const plans = prepareInferencePlans(runtime, defineKernels("wasm-inference", ops));
  return defineKernels("wasm-inference", ops, plans, {
    createArena: runtime.createArena,
    machine: createMachine(runtime),
    declines: DECLINES,
  });
}

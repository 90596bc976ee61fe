import { defineKernels, type KernelBackend } from "@dqrm/core";
import { preparePlans } from "./plan/plans.ts";
import { createMachine } from "./runtime/machine.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { createStage } from "./runtime/stage.ts";
import { serveOps } from "./serve-ops.ts";
import type { TrainingExports } from "./training.generated.ts";

/** Builds the kernels and plans that train and serve, on a runtime. */
export function createBackend(runtime: Runtime<TrainingExports>): KernelBackend {
  const ops = serveOps({ exports: runtime.exports, stage: createStage(runtime) });
  const plans = preparePlans(runtime, defineKernels("wasm", ops));
  return defineKernels("wasm", ops, plans, {
    createArena: runtime.createArena,
    machine: createMachine(runtime),
  });
}

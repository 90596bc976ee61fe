import { defineKernels, type KernelBackend, type LoadOptions, type Unavailable } from "@dqrm/core";
import { inferenceModule, type InferenceExports } from "../inference.generated.ts";
import { prepareInferencePlans } from "../plan/inference-plans.ts";
import { createMachine } from "../runtime/machine.ts";
import { createRuntime } from "../runtime/runtime.ts";
import { createStage } from "../runtime/stage.ts";
import type { StartWorker } from "../runtime/threads.ts";
import { findObstacle } from "../runtime/find-obstacle.ts";
import { serveInferenceOps } from "../serve-inference-ops.ts";

/** Loads the kernels that serve a model, with `startWorker` for their threads, or says why this host cannot run them. */
export async function load(
  startWorker: StartWorker,
  { threads = 1 }: LoadOptions = {},
): Promise<KernelBackend | Unavailable> {
  const unavailable = findObstacle(inferenceModule);
  if (unavailable !== undefined) return { unavailable };
  const runtime = await createRuntime<InferenceExports>({ module: inferenceModule, threads, startWorker });
  const ops = serveInferenceOps({ exports: runtime.exports, stage: createStage(runtime) });
  const plans = prepareInferencePlans(runtime, defineKernels("wasm-inference", ops));
  return defineKernels("wasm-inference", ops, plans, {
    createArena: runtime.createArena,
    machine: createMachine(runtime),
  });
}

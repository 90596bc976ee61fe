import { defineKernels, type KernelBackend } from "@dqrm/core";
import { preparePlans } from "./plan/plans.ts";
import { SERVED_MODELS } from "./plan/served-models.ts";
import { createMachine } from "./runtime/machine.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { createStage } from "./runtime/stage.ts";
import { serveOps } from "./serve-ops.ts";
import type { TrainingExports } from "./training.generated.ts";

const DECLINES = {
  loss: "an exponential and a logarithm for each sample take as long in WebAssembly as in JavaScript",
  training:
    "takes tables of floats and of fake quantization, one bag for each feature, no pooling weights, no quantized activations, no dropout or decay; products of floats",
  inference: SERVED_MODELS,
} as const;

/** Builds the kernels and plans that train and serve, on a runtime. */
export function createBackend(runtime: Runtime<TrainingExports>): KernelBackend {
  const ops = serveOps({ exports: runtime.exports, stage: createStage(runtime) });
  const plans = preparePlans(runtime, defineKernels("wasm", ops));
  return defineKernels("wasm", ops, plans, {
    createArena: runtime.createArena,
    machine: createMachine(runtime),
    declines: DECLINES,
  });
}

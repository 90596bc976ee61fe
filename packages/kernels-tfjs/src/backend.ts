import { createKernels, defineKernels, reference, type KernelBackend } from "@dqrm/core";
import { tfjsPlans } from "./plan/plans.ts";
import { SERVED_MODELS, VARIABLE_MODELS } from "./plan/served-models.ts";
import { runOps } from "./run-ops.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { OP_DECLINES, serveOps } from "./serve-ops.ts";

/** Serves tables: kernels that come before the reference's, or "variables" of the backend. */
export type TableKernels = KernelBackend | "variables";

/** Holds the kernels of a backend of TensorFlow.js that gives its numbers at once. */
export function createTfjsBackend(name: string, runtime: Runtime, tables?: TableKernels): KernelBackend {
  const variables = tables === "variables";
  const first = tables === undefined || tables === "variables" ? [] : [tables];
  const kernels = createKernels([...first, reference]);
  const createArena = first.at(0)?.createArena;
  const training = variables ? VARIABLE_MODELS : SERVED_MODELS;
  const plans = tfjsPlans({ name, runtime, tables: kernels, variables });
  return defineKernels(name, serveOps(runOps(runtime)), plans, {
    declines: { ...OP_DECLINES, training, inference: SERVED_MODELS },
    ...(createArena && { createArena }),
  });
}

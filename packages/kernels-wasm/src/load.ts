import type { KernelBackend, LoadOptions, Unavailable } from "@dqrm/core";
import { createBackend } from "./backend.ts";
import { loadRuntime } from "./runtime/load-runtime.ts";
import type { StartWorker } from "./runtime/threads.ts";
import { trainingModule, type TrainingExports } from "./training.generated.ts";

/** Loads the kernels with `startWorker` for their threads, or says why this host cannot run them. */
export async function load(
  startWorker: StartWorker,
  { threads = 1 }: LoadOptions = {},
): Promise<KernelBackend | Unavailable> {
  const runtime = await loadRuntime<TrainingExports>({ module: trainingModule, threads, startWorker });
  return "unavailable" in runtime ? runtime : createBackend(runtime);
}

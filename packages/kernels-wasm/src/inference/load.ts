import type { KernelBackend, LoadOptions, Unavailable } from "@dqrm/core";
import { inferenceModule, type InferenceExports } from "../inference.generated.ts";
import { loadRuntime } from "../runtime/load-runtime.ts";
import type { StartWorker } from "../runtime/threads.ts";
import { createInferenceBackend } from "./backend.ts";

/** Loads the kernels that serve a model, with `startWorker` for their threads, or says why this host cannot run them. */
export async function load(
  startWorker: StartWorker,
  { threads = 1 }: LoadOptions = {},
): Promise<KernelBackend | Unavailable> {
  const runtime = await loadRuntime<InferenceExports>({ module: inferenceModule, threads, startWorker });
  return "unavailable" in runtime ? runtime : createInferenceBackend(runtime);
}

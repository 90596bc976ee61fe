import { engine, getBackend, setBackend } from "@tensorflow/tfjs-core";
import { findRounding } from "./find-rounding.ts";
import { runOps } from "./run-ops.ts";
import { createRuntime, type Runtime } from "./runtime/runtime.ts";

export { createTfjsBackend } from "./backend.ts";

/** Tells whether TensorFlow.js knows a backend of that name. */
export function isRegistered(backend: string): boolean {
  return engine().backendNames().includes(backend);
}

/**
 * Starts a backend and computes products on it, or says why that failed. A backend that the program had chosen before
 * stays its current one.
 */
export async function startBackend(backend: string): Promise<Runtime | string> {
  const current = getBackend();
  try {
    if (!isRegistered(backend) || !(await setBackend(backend))) {
      return `the backend ${backend} of TensorFlow.js did not start`;
    }
    const runtime = createRuntime(backend);
    const rounding = findRounding(runOps(runtime));
    return rounding === undefined ? runtime : `the backend ${backend} of TensorFlow.js ${rounding}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `the backend ${backend} of TensorFlow.js failed: ${reason.split("\n")[0]}`;
  } finally {
    if (isRegistered(current)) await setBackend(current);
  }
}

import { engine, getBackend, setBackend } from "@tensorflow/tfjs-core";
import { linear } from "./ops/linear.ts";
import { createRuntime, type Runtime } from "./runtime/runtime.ts";

export { createTfjsBackend } from "./backend.ts";

/** Tells whether TensorFlow.js knows a backend of that name. */
export function isRegistered(backend: string): boolean {
  return engine().backendNames().includes(backend);
}

/**
 * Starts a backend and computes a product on it, or says why that failed. A backend that the program had chosen before
 * stays its current one.
 */
export async function startBackend(backend: string): Promise<Runtime | string> {
  const current = getBackend();
  try {
    if (!isRegistered(backend) || !(await setBackend(backend))) {
      return `the backend ${backend} of TensorFlow.js did not start`;
    }
    const runtime = createRuntime(backend);
    const found = multiply(runtime);
    return found === 11 ? runtime : `the backend ${backend} of TensorFlow.js computes 1·3 + 2·4 as ${found}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `the backend ${backend} of TensorFlow.js failed: ${reason.split("\n")[0]}`;
  } finally {
    if (isRegistered(current)) await setBackend(current);
  }
}

function multiply(runtime: Runtime): number {
  const result = new Float32Array(1);
  runtime.run(() => {
    const x = runtime.send(Float32Array.of(1, 2), [1, 2]);
    const weight = runtime.send(Float32Array.of(3, 4), [1, 2]);
    runtime.receive(linear(x, weight, undefined, "none"), result, 0);
  });
  return result[0];
}

import { engine, getBackend, setBackend } from "@tensorflow/tfjs-core";
import { linear } from "./ops/linear.ts";
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
    return multipliesFloats(runtime) ? runtime : `the backend ${backend} of TensorFlow.js ${ROUNDS}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `the backend ${backend} of TensorFlow.js failed: ${reason.split("\n")[0]}`;
  } finally {
    if (isRegistered(current)) await setBackend(current);
  }
}

/** Wide enough for the units of a GPU that multiply matrices in a coarser format. */
const WIDTH = 64;

/** Has a digit that formats with fewer than f32's lack. */
const PROBE = 1 + 2 ** -20;

const ROUNDS =
  "rounds what it multiplies to fewer digits than f32 has; on GPUs of NVIDIA, NVIDIA_TF32_OVERRIDE=0 in the environment forbids it";

/** Multiplies by the identity: exact in f32, in whatever order the backend adds the zeros. */
function multipliesFloats(runtime: Runtime): boolean {
  const shape = [WIDTH, WIDTH];
  const x = new Float32Array(WIDTH * WIDTH).fill(PROBE);
  const identity = Float32Array.from(x, (_, i) => (i % (WIDTH + 1) === 0 ? 1 : 0));
  const result = new Float32Array(x.length);
  runtime.run(() => {
    const product = linear(runtime.send(x, shape), runtime.send(identity, shape), undefined, "none");
    runtime.receive(product, result, 0);
  });
  return result.every((value) => value === PROBE);
}

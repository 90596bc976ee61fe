import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { ready, setBackend } from "@tensorflow/tfjs-core";
import { createRuntime, type Runtime } from "../src/runtime/runtime.ts";

/** Starts a backend of TensorFlow.js that runs wherever the tests do, and makes it the current one. */
export async function startBackend(name: "cpu" | "wasm"): Promise<Runtime> {
  await setBackend(name);
  await ready();
  return createRuntime(name);
}

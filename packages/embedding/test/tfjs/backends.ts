import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
// Its import registers the gradients of the ops.
import "@tensorflow/tfjs-layers";
import { ready, setBackend } from "@tensorflow/tfjs-core";

/** The backends of TensorFlow.js that run wherever the tests do. */
export const backends = ["cpu", "wasm"] as const;

export async function useBackend(name: (typeof backends)[number]): Promise<void> {
  await setBackend(name);
  await ready();
}

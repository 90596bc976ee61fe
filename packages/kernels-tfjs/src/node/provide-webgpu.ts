import { attemptImport } from "../attempt-import.ts";

/** Makes `navigator.gpu` that of the package `webgpu`, where TensorFlow.js looks for it, or says why there is none. */
export async function provideWebgpu(): Promise<string | undefined> {
  const imported = await attemptImport(() => import("webgpu"), "webgpu");
  if (typeof imported === "string") return imported;
  Object.assign(globalThis, imported.globals);
  // Newer versions of Node.js have a navigator that takes no assignment. Dawn frees what it made when this is collected.
  Object.defineProperty(globalThis, "navigator", { value: { gpu: imported.create([]) }, configurable: true });
  const adapter = await navigator.gpu.requestAdapter();
  return adapter === null ? "WebGPU has no adapter here" : undefined;
}

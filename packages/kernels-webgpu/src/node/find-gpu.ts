import type { NoDevice } from "../device/device-options.ts";

/** Dawn frees what it made when its entry point is collected. */
let kept: GPU | undefined;

/** Gives WebGPU in Node.js: the process's own, or that of the package `webgpu`; or says why there is none. */
export async function findGpu(): Promise<GPU | NoDevice> {
  const own = typeof navigator === "undefined" ? undefined : navigator.gpu;
  if (own !== undefined) return own;
  try {
    const { create } = await import("webgpu");
    kept ??= create([]);
    return kept;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_MODULE_NOT_FOUND") return { unavailable: "the package webgpu is not installed" };
    return { unavailable: `the package webgpu does not load: ${String(error)}` };
  }
}

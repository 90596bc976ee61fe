import type { Unavailable } from "@dqrm/core";
import { findObstacle } from "./find-obstacle.ts";
import { createRuntime, type Runtime, type RuntimeOptions, type ThreadExports } from "./runtime.ts";

/** Opens a runtime as createRuntime, or says why this host cannot run its module. */
export async function loadRuntime<Exports extends ThreadExports>(
  options: RuntimeOptions,
): Promise<Runtime<Exports> | Unavailable> {
  const unavailable = findObstacle(options.module);
  if (unavailable !== undefined) return { unavailable };
  try {
    return await createRuntime<Exports>(options);
  } catch (error) {
    // What engines throw for a memory, or a view of one, that they have no room for.
    if (!(error instanceof RangeError)) throw error;
    return { unavailable: `this host has no room for the memory of the kernels: ${error.message}` };
  }
}

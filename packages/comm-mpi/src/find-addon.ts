import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Unavailable } from "@dqrm/core";
import { INTERFACE_NUMBER, type Addon } from "./addon.ts";
import { protectProcess } from "./protect-process.ts";

const BUILD = "run npx dqrm-comm-mpi build";

/** The folder of this package, whether its sources run or what was compiled of them. */
export const home: string = fileURLToPath(new URL("..", import.meta.url));

/** Gives the path at which the addon of this platform stands, below the folder of this package. */
export function addonOutput(variant: "plain" | "sanitized" = "plain"): string {
  const folder = variant === "plain" ? "build" : ".tsc/native/sanitized";
  return `${folder}/${process.platform}-${process.arch}/dqrm-mpi.node`;
}

/** Loads the addon, or says why there is none, and what to do. */
export function findAddon(binary?: string): Addon | Unavailable {
  const path = binary ?? `${home}${addonOutput()}`;
  if (!existsSync(path)) return { unavailable: `the addon for MPI was not built: ${BUILD}` };
  protectProcess();
  try {
    const found: unknown = createRequire(import.meta.url)(path);
    if (isAddon(found)) return found;
    return { unavailable: `the addon for MPI is of another version: ${BUILD}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return { unavailable: `the addon for MPI cannot be loaded (${reason}): ${BUILD}` };
  }
}

function isAddon(found: unknown): found is Addon {
  return (
    typeof found === "object" &&
    found !== null &&
    "interfaceNumber" in found &&
    found.interfaceNumber === INTERFACE_NUMBER
  );
}

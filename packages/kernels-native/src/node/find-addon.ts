import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Unavailable } from "@dqrm/core";
import { INTERFACE_NUMBER, type Addon } from "../addon.ts";
import { platformKey } from "./platform.ts";

/** Gives the number of threads that this process may keep busy. */
export function coreCount(): number {
  return availableParallelism();
}

/**
 * Finds the binary of this platform: in its package, or else where the build of the repository puts it.
 *
 * A path given as `binary` is tried alone.
 */
export function findAddon(binary?: string): Addon | Unavailable {
  const platform = platformKey();
  const places =
    binary === undefined
      ? [
          `@dqrm/kernels-native-${platform}/dqrm.node`,
          fileURLToPath(new URL(`../../build/${platform}/dqrm.node`, import.meta.url)),
        ]
      : [binary];
  const require = createRequire(import.meta.url);
  const tried: string[] = [];
  for (const place of places) {
    try {
      const found: unknown = require(place);
      if (isAddon(found)) return found;
      tried.push(`${place} (of another version)`);
    } catch (error) {
      tried.push(`${place} (${reasonOf(error)})`);
    }
  }
  return { unavailable: `no binary for ${platform}; tried ${tried.join(", ")}` };
}

function isAddon(found: unknown): found is Addon {
  return (
    typeof found === "object" &&
    found !== null &&
    "interfaceNumber" in found &&
    found.interfaceNumber === INTERFACE_NUMBER
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The rest of the message lists the modules that asked.
  return "code" in error && error.code === "MODULE_NOT_FOUND"
    ? "not found"
    : (error.message.split("\n")[0] ?? "");
}

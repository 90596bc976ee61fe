import { createRequire } from "node:module";
import { resolve } from "node:path";
import type { Unavailable } from "@dqrm/core";
import { INTERFACE_NUMBER, type Addon } from "../addon.ts";
import { addonPath } from "./recipe.ts";

/** Finds the addon that was built here, or says how to build it; a path given as `binary` is tried alone. */
export function findAddon(binary: string | undefined): Addon | Unavailable {
  const path = resolve(binary ?? addonPath("plain"));
  const build = "run npx dqrm-comm-gloo build";
  try {
    const found: unknown = createRequire(import.meta.url)(path);
    if (isAddon(found)) return found;
    return { unavailable: `the gloo addon is of another version: ${build}` };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
    if (isMissing) return { unavailable: `the gloo addon is not built: ${build}` };
    return { unavailable: `the gloo addon does not load (${firstLine(error)}): ${build}` };
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

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n")[0];
}

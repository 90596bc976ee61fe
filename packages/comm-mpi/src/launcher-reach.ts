import { fstatSync } from "node:fs";
import type { Addon } from "./addon.ts";

const REASON =
  "the launcher's connection (PMI_FD) did not come through the process that started this one, as npx: " +
  "let the launcher start node_modules/.bin/dqrm, or node and your program, itself";

/**
 * Says why MPI cannot reach the launcher; undefined where it can, or has other ways.
 *
 * MPICH and its kin speak to the launcher over an open file, which programs of Node do not hand on. MPI would write into whatever
 * has its number now.
 */
export function unreachableLauncher({ library }: Pick<Addon, "library">): string | undefined {
  const file = process.env["PMI_FD"];
  if (file === undefined || library.startsWith("Open MPI")) return undefined;
  return isSocket(Number(file)) ? undefined : REASON;
}

function isSocket(file: number): boolean {
  try {
    return fstatSync(file).isSocket();
  } catch {
    return false;
  }
}

import { cpSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { shortName } from "./files.mjs";
import { root } from "./root.mjs";

const LEFT_OUT = new Set(["node_modules", ".nx", ".tsc", ".git", "runs", "coverage"]);

// Packing and testing, which run at the same time, write these beside the sources and remove them again.
const PASSING = /\.tgz$|\.timestamp-/;

/**
 * Copies the checkout, or parts of it, to a folder where a check may change it; what is installed is shared.
 *
 * @param {string} base an empty folder
 * @param {{ parts?: readonly string[], without?: RegExp }} [options] `without`: what is left out, named from the checkout
 */
export function copyCheckout(base, { parts = ["."], without } = {}) {
  const filter = (/** @type {string} */ path) => {
    if (path === root) return true;
    const name = basename(path);
    return !LEFT_OUT.has(name) && without?.test(shortName(root, path)) !== true && !PASSING.test(name);
  };
  for (const part of parts) cpSync(join(root, part), join(base, part), { recursive: true, filter });
  symlinkSync(join(root, "node_modules"), join(base, "node_modules"), "junction");
}

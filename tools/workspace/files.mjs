import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";

const SKIPPED = new Set(["node_modules", "dist", ".nx", ".tsc", ".git", "runs", "coverage"]);

/**
 * Lists the files below a folder whose name ends as asked, sorted; build outputs and installed packages left out.
 *
 * @param {string} folder
 * @param {string | RegExp} ending
 * @returns {string[]} absolute paths
 */
export function listFiles(folder, ending) {
  const files = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) files.push(...listFiles(path, ending));
    } else if (typeof ending === "string" ? entry.name.endsWith(ending) : ending.test(entry.name))
      files.push(path);
  }
  return files.sort();
}

/**
 * Names a file as a reader of the repository would, with forward slashes.
 *
 * @param {string} base
 * @param {string} path
 */
export function shortName(base, path) {
  return relative(base, path).split(sep).join("/");
}

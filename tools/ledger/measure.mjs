import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { listFiles, shortName } from "../workspace/files.mjs";

/**
 * Describes one budget: a part of a package and what it may cost. Folders end with a slash.
 *
 * @typedef {object} Budget
 * @property {string} part
 * @property {readonly string[]} paths files and folders below src/
 * @property {number} [lines] physical lines, comments counted
 * @property {number} [gzipBytes] of the emitted JavaScript, gzipped file by file
 */

/**
 * Holds what a part of a package costs.
 *
 * @typedef {object} Cost
 * @property {string} part
 * @property {number} files
 * @property {number} lines
 * @property {number} bytes
 * @property {number} gzipBytes
 * @property {Budget} budget
 */

/**
 * Measures a package, part by part.
 *
 * @param {string} folder of the package
 * @param {readonly Budget[]} budgets
 * @returns {{ costs: Cost[], strays: string[], unbuilt: string[] }} files that belong to no part, and that have no output
 */
export function measure(folder, budgets) {
  const costs = budgets.map((budget) => ({
    part: budget.part,
    files: 0,
    lines: 0,
    bytes: 0,
    gzipBytes: 0,
    budget,
  }));
  const strays = [];
  const unbuilt = [];
  for (const path of listFiles(join(folder, "src"), ".ts")) {
    const name = shortName(join(folder, "src"), path);
    const cost = costs[partOf(name, budgets)];
    if (cost === undefined) strays.push(name);
    else if (!addFile(cost, path, join(folder, "dist", name.replace(/\.ts$/, ".js")))) unbuilt.push(name);
  }
  return { costs, strays, unbuilt };
}

/**
 * @param {string} name
 * @param {readonly Budget[]} budgets
 */
function partOf(name, budgets) {
  return budgets.findIndex(({ paths }) =>
    paths.some((path) => name === path || (path.endsWith("/") && name.startsWith(path)) || path === ""),
  );
}

/**
 * @param {Cost} cost
 * @param {string} source
 * @param {string} output
 * @returns {boolean} false when there is no output to measure
 */
function addFile(cost, source, output) {
  cost.files += 1;
  cost.lines += readFileSync(source, "utf8").trimEnd().split("\n").length;
  if (!existsSync(output)) return false;
  const code = readFileSync(output);
  cost.bytes += code.length;
  cost.gzipBytes += gzipSync(code, { level: 9 }).length;
  return true;
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runNpm } from "../workspace/run-command.mjs";

/**
 * Tells whether what is installed in a folder is what its package-lock.json asks for.
 *
 * @param {string} folder
 */
export function isInstalled(folder) {
  const installed = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const have = readLock(installed);
  return Object.entries(readLock(join(folder, "package-lock.json"))).every(([path, wanted]) => {
    if (!path.includes("node_modules/")) return true;
    const found = have[path];
    // npm leaves out the optional packages of other machines.
    if (found === undefined) return wanted.optional === true;
    return found.version === wanted.version && found.resolved === wanted.resolved;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, resolved?: string, optional?: boolean }>}
 */
function readLock(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}

/**
 * Installs exactly what package-lock.json says, unless it is there already.
 *
 * @param {string} folder
 * @throws {Error} with npm's output when the installation fails
 */
export async function installIfNeeded(folder) {
  if (isInstalled(folder)) return;
  const { code, output } = await runNpm(["ci", "--no-audit", "--no-fund"], { cwd: folder });
  if (code !== 0) throw new Error(`npm ci failed in ${folder}\n${output}`);
}

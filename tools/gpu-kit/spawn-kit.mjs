import { spawn } from "node:child_process";
import { join } from "node:path";

/**
 * Runs a kit in the foreground, and gives its exit status.
 *
 * @param {string} kit its folder
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export function spawnKit(kit, args) {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", [join(kit, "run.sh"), ...args], { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../../node_modules/dqrm/dist/bin/dqrm.js", import.meta.url));

/**
 * Says what is measured.
 *
 * @typedef {object} BenchCase
 * @property {"train" | "infer"} mode
 * @property {string} shape
 * @property {number} batch
 * @property {number} bits of the tables and layers
 */

/**
 * Runs a benchmark of the command in a process of its own; notes go to standard error.
 *
 * @param {BenchCase} bench
 * @param {readonly string[]} flags further ones
 * @returns {Promise<Record<string, unknown>>} what `--json` prints
 * @throws {Error} when it fails, or other kernels served
 */
export async function runBench({ batch, bits, mode, shape }, flags) {
  const numbers = ["--batch", String(batch), "--bits", String(bits)];
  const args = [
    command,
    "bench",
    mode,
    "--kernels",
    "webgpu",
    "--json",
    "--shape",
    shape,
    ...numbers,
    ...flags,
  ];
  const { code, err, out } = await runNode(args);
  if (code !== 0) throw new Error(err.trim().split("\n").at(-1) ?? `it ended with ${code}`);
  const result = JSON.parse(out.trim().split("\n").at(-1) ?? "");
  if (result.backend !== "webgpu") throw new Error(`it ran on the kernels ${result.backend}`);
  return result;
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<{ code: number, out: string, err: string }>}
 */
function runNode(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += String(chunk)));
    child.stderr.on("data", (chunk) => {
      err += String(chunk);
      process.stderr.write(chunk);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, out, err }));
  });
}

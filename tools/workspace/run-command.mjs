import { spawn } from "node:child_process";

/**
 * Says how a command ended.
 *
 * @typedef {object} CommandResult
 * @property {number} code exit status; 1 when a signal ended it
 * @property {string} output stdout and stderr, in order of arrival
 */

/**
 * Runs a command to its end without an input and gathers what it prints.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<CommandResult>}
 */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = /** @type {Buffer[]} */ ([]);
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

/**
 * Runs a Node program of the repository or of an installed package.
 *
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function runNode(args, options) {
  return runCommand(process.execPath, args, options);
}

/**
 * Runs npm: the one that started this process, or else the one on the path.
 *
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function runNpm(args, options) {
  const cli = process.env["npm_execpath"];
  return cli === undefined ? runCommand("npm", args, options) : runNode([cli, ...args], options);
}

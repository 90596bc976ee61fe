import { spawnSync } from "node:child_process";

/**
 * Describes a C++ compiler that answers.
 *
 * @typedef {object} Compiler
 * @property {string} command
 * @property {string} version its first line about itself
 * @property {string} target for which it compiles, as "x86_64-linux-gnu"
 */

/**
 * Finds a C++ compiler: the one that CXX names, or else the usual ones.
 *
 * @param {string} [wanted] a command to ask instead
 * @returns {Compiler | undefined}
 */
export function findCompiler(wanted) {
  const asked = wanted ?? process.env["CXX"];
  const commands = asked === undefined || asked === "" ? ["c++", "g++", "clang++"] : [asked];
  for (const command of commands) {
    const version = ask(command, "--version");
    const target = ask(command, "-dumpmachine");
    if (version !== undefined && target !== undefined) return { command, version, target };
  }
  return undefined;
}

/**
 * @param {string} command
 * @param {string} question
 */
function ask(command, question) {
  const { status, stdout } = spawnSync(command, [question], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n")[0]?.trim() : undefined;
}

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { instructionSets } from "./instruction-sets.mjs";

/** @import { Compiler } from "./compiler.mjs" */

/** The folder of this package. */
export const home = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

const native = join(home, "native");

/** Compiled once for each instruction set; everything else once for all. */
const PER_SET = ["isa/kernels.cc", "isa/plans.cc"];

/**
 * Describes one object file.
 *
 * @typedef {object} Unit
 * @property {string} source
 * @property {string} object
 * @property {readonly string[]} flags
 */

/**
 * Lists what is compiled, in the order in which it is linked: what every processor runs, and then the instruction sets,
 * the oldest first.
 *
 * @param {{ target: string, folder: string, flags: readonly string[] }} build `folder` for the objects
 * @returns {Unit[]}
 */
export function listUnits({ target, folder, flags }) {
  const plain = readdirSync(native, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".cc") && !PER_SET.includes(path))
    .sort();
  const unit = (
    /** @type {string} */ path,
    /** @type {string} */ suffix,
    /** @type {readonly string[]} */ own,
  ) => ({
    source: join(native, path),
    object: join(folder, `${path.replaceAll("/", "-").replace(/\.cc$/, "")}${suffix}.o`),
    flags: [...flags, ...own],
  });
  const perSet = PER_SET.filter((path) => existsSync(join(native, path)));
  return [
    ...plain.map((path) => unit(path, "", [])),
    ...instructionSets(target).flatMap(({ name, flags: own }) =>
      perSet.map((path) => unit(path, `-${name}`, [`-DDQRM_ISA=${name}`, ...own])),
    ),
  ];
}

/**
 * Compiles a unit, unless its object was made of the same text by the same command.
 *
 * @param {Compiler} compiler
 * @param {Unit} unit
 * @returns {Promise<boolean>} whether it had to be compiled
 * @throws {Error} with what the compiler said
 */
export async function compileUnit(compiler, { source, object, flags }) {
  const record = `${object}.made-of`;
  const dependencies = `${object}.d`;
  const command = [...flags, "-MMD", "-MF", dependencies, "-c", source, "-o", object];
  const state = () =>
    fingerprint([compiler.version, compiler.target, ...flags], readDependencies(dependencies));
  const known = existsSync(object) && existsSync(dependencies) && existsSync(record);
  if (known && readFileSync(record, "utf8") === state()) return false;
  mkdirSync(dirname(object), { recursive: true });
  await run(compiler.command, command);
  writeFileSync(record, state());
  return true;
}

/** Lists every file that may take part, this folder's scripts included: they hold the flags. */
export function listSources() {
  return ["native", "scripts"]
    .flatMap((folder) =>
      readdirSync(join(home, folder), { recursive: true, encoding: "utf8" }).map((path) =>
        join(home, folder, path),
      ),
    )
    .filter((path) => /\.(?:cc|h|mjs)$/.test(path))
    .sort();
}

/**
 * Asks a compiler whether it knows what we need of it: C++17 with threads, and the flags of every instruction set.
 *
 * @param {Compiler} compiler
 * @param {readonly string[]} flags
 * @returns {Promise<string | undefined>} the first thing that it cannot do
 */
export async function findMissingFlag({ command, target }, flags) {
  const program = join(home, "scripts", "probe.cc");
  for (const { name, flags: own } of instructionSets(target)) {
    try {
      await run(command, [...flags, ...own, "-fsyntax-only", program]);
    } catch {
      return name === "portable" ? "C++17 with threads" : own.join(" ");
    }
  }
  return undefined;
}

/** @param {string} path of a list that the compiler wrote: "object: source header …" */
function readDependencies(path) {
  const [, list = ""] = readFileSync(path, "utf8").replaceAll("\\\n", " ").split(/:\s/, 2);
  return list.split(/\s+/).filter((file) => file.startsWith(home));
}

/**
 * Gives a short text that differs when any of the words or files does.
 *
 * @param {readonly string[]} words
 * @param {readonly string[]} files
 */
export function fingerprint(words, files) {
  const hash = createHash("sha256");
  for (const word of words) hash.update(`${word}\0`);
  for (const file of files) {
    hash.update(`${relative(home, file)}\0`);
    hash.update(existsSync(file) ? readFileSync(file) : "gone");
  }
  return hash.digest("hex");
}

/**
 * Runs a tool to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 * @throws {Error} with what it printed, when it fails
 */
export async function run(command, args) {
  const { code, output } = await attempt(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}\n${output}`);
}

/**
 * Runs a program to its end, however it ends.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, output: string }>} code 1 when a signal ended it; what it printed, in order of arrival
 */
export function attempt(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = /** @type {Buffer[]} */ ([]);
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

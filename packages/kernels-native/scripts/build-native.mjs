/// <reference path="./node-api-headers.d.ts" />
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { include_dir as headers } from "node-api-headers";
import { compileUnit, findMissingFlag, fingerprint, home, listSources, listUnits, run } from "./compile.mjs";
import { findCompiler } from "./compiler.mjs";
import { thisPlatform } from "./platform.mjs";

/** Two at a time: the files of the widest vectors take half a gigabyte each. */
const JOBS = 2;

/** A product and a sum are fused only where the code says so: results do not depend on what a compiler fancies. */
const COMMON = [
  "-std=c++17",
  "-ffp-contract=off",
  "-fPIC",
  "-fvisibility=hidden",
  "-Wall",
  "-Wextra",
  "-pthread",
];

const VARIANTS = {
  plain: ["-O3", "-g0"],
  // Without optimization: sanitizers see what was written, and it compiles in a third of the time.
  sanitized: [
    "-O0",
    "-g",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
  ],
};

/** @typedef {keyof typeof VARIANTS} Variant */

/**
 * Says where the addon of this platform is, or would be. Only the plain one stands where others look for it.
 *
 * @param {Variant} variant
 */
function addonPath(variant) {
  return join(
    variant === "plain" ? join(home, "build") : join(scratch, variant),
    thisPlatform().key,
    "dqrm.node",
  );
}

/** Objects, and what else is of no use to others; the tools of the repository leave such folders alone. */
const scratch = join(home, ".tsc", "native");

/**
 * Builds the addon for this machine, unless it is there already.
 *
 * @param {Variant} variant
 * @returns {Promise<{ path?: string, note: string }>} no path where there is nothing to build with, and the reason
 * @throws {Error} with what the compiler said
 */
export async function buildNative(variant) {
  const compiler = findCompiler();
  if (compiler === undefined) return { note: "not built: there is no C++ compiler (CXX, c++, g++, clang++)" };
  if (/msvc/.test(compiler.target)) return { note: `not built: no flags are known for ${compiler.target}` };
  const path = addonPath(variant);
  const name = `${relative(home, path)} (${compiler.version})`;
  const folder = join(scratch, variant, thisPlatform().key, "objects");
  const flags = [...COMMON, ...VARIANTS[variant], "-DNAPI_VERSION=8", `-isystem${headers}`];
  const units = listUnits({ target: compiler.target, folder, flags });
  const state = fingerprint([compiler.version, ...units.flatMap((unit) => unit.flags)], listSources());
  const record = `${path}.made-of`;
  if (existsSync(path) && existsSync(record) && readFileSync(record, "utf8") === state) {
    return { path, note: `is up to date: ${name}` };
  }
  const missing = await findMissingFlag(compiler, flags);
  if (missing !== undefined) return { note: `not built: ${compiler.version} cannot: ${missing}` };
  const compiled = await inTurns(units.map((unit) => () => compileUnit(compiler, unit)));
  mkdirSync(join(path, ".."), { recursive: true });
  // Renamed into place: a process that has the old file open keeps it.
  const output = `${path}.${process.pid}`;
  const objects = units.map(({ object }) => object);
  await run(compiler.command, linkCommand({ target: compiler.target, variant, objects, output }));
  renameSync(output, path);
  writeFileSync(record, state);
  return {
    path,
    note: `built ${name}, ${compiled.filter(Boolean).length} of ${units.length} files compiled`,
  };
}

/** @param {{ target: string, variant: Variant, objects: readonly string[], output: string }} link */
function linkCommand({ target, variant, objects, output }) {
  const shared = /darwin|apple/.test(target)
    ? ["-bundle", "-undefined", "dynamic_lookup"]
    : ["-shared", "-Wl,--gc-sections", ...(variant === "plain" ? ["-s"] : [])];
  const sanitizers = VARIANTS[variant].filter((flag) => flag.startsWith("-fsanitize"));
  return [...shared, ...sanitizers, "-pthread", ...objects, "-o", output];
}

/**
 * @template T
 * @param {readonly (() => Promise<T>)[]} tasks
 * @returns {Promise<T[]>}
 */
async function inTurns(tasks) {
  const results = /** @type {T[]} */ ([]);
  let next = 0;
  const work = async () => {
    while (next < tasks.length) {
      const index = next++;
      const task = tasks[index];
      if (task !== undefined) results[index] = await task();
    }
  };
  await Promise.all(Array.from({ length: JOBS }, work));
  return results;
}

const USAGE = "usage: node scripts/build-native.mjs [--require] [--sanitize]";

async function main() {
  const args = process.argv.slice(2);
  if (args.some((arg) => arg !== "--require" && arg !== "--sanitize")) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  try {
    const { path, note } = await buildNative(args.includes("--sanitize") ? "sanitized" : "plain");
    console.log(`kernels-native: ${note}`);
    if (path === undefined && args.includes("--require")) process.exitCode = 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();

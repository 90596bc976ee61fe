import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { include_dir as headers } from "node-api-headers";
import { compileUnit, fingerprint, home, listUnits, run } from "./compile.mjs";
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
  plain: { file: "dqrm.node", flags: ["-O3", "-g0"] },
  sanitized: {
    file: "dqrm-sanitized.node",
    // Without optimization: sanitizers see what was written, and compile in a third of the time.
    flags: [
      "-O0",
      "-g",
      "-fno-omit-frame-pointer",
      "-fsanitize=address,undefined",
      "-fno-sanitize-recover=undefined",
    ],
  },
};

/** @typedef {keyof typeof VARIANTS} Variant */

/**
 * Says where the addon of this platform is, or would be.
 *
 * @param {Variant} variant
 */
export function addonPath(variant) {
  return join(home, "build", thisPlatform().key, VARIANTS[variant].file);
}

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
  const folder = join(home, "build", "objects", thisPlatform().key, variant);
  const flags = [...COMMON, ...VARIANTS[variant].flags, "-DNAPI_VERSION=8", `-isystem${headers}`];
  const units = listUnits({ target: compiler.target, folder, flags });
  const compiled = await inTurns(units.map((unit) => () => compileUnit(compiler, unit)));
  const objects = units.map(({ object }) => object);
  const state = fingerprint([compiler.version, ...flags, ...objects], objects);
  const record = join(folder, "linked-of");
  const name = `${relative(home, path)} (${compiler.version})`;
  if (existsSync(path) && existsSync(record) && readFileSync(record, "utf8") === state) {
    return { path, note: `is up to date: ${name}` };
  }
  mkdirSync(join(path, ".."), { recursive: true });
  // Renamed into place: a process that has the old file open keeps it.
  await run(
    compiler.command,
    linkCommand({ target: compiler.target, variant, objects, output: `${path}.new` }),
  );
  renameSync(`${path}.new`, path);
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
  const sanitizers = VARIANTS[variant].flags.filter((flag) => flag.startsWith("-fsanitize"));
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
  const { path, note } = await buildNative(args.includes("--sanitize") ? "sanitized" : "plain");
  console.log(`kernels-native: ${note}`);
  if (path === undefined && args.includes("--require")) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();

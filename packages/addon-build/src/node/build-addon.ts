import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { include_dir as nodeHeaders } from "node-api-headers";
import { findCompiler, type Compiler } from "./find-compiler.ts";
import { fingerprint } from "./fingerprint.ts";
import { runTool } from "./run-tool.ts";

/** Names a way of compiling: for use, or to end the process where memory or arithmetic goes wrong. */
export type AddonVariant = "plain" | "sanitized";

/** Says what an addon is made of. */
export interface AddonRecipe {
  /** How messages call it. */
  readonly name: string;
  /** The folder below which sources and output stand. */
  readonly home: string;
  /** C++ files; headers beside them count too when it is asked whether the addon is up to date. */
  readonly sources: readonly string[];
  /** Headers of the system without which it cannot be compiled. */
  readonly headers: readonly string[];
  /** What to install where a header is not found, as a clause: "install libfoo-dev (Debian)". */
  readonly missing: string;
  readonly compileFlags: readonly string[];
  readonly linkFlags: readonly string[];
  /** Where the addon is put. */
  readonly output: string;
  readonly variant: AddonVariant;
  /** The command of a compiler, as the variable CXX names it; the usual ones are tried without it. */
  readonly compiler?: string | undefined;
}

/** Says why an addon is not there, and what to do. */
export interface NotBuilt {
  readonly unavailable: string;
}

/** Tells whether an addon stands where it should, and whether it is made of the present sources and flags. */
export interface AddonState {
  readonly path: string;
  readonly built: boolean;
  readonly upToDate: boolean;
}

/** Node-API 8 is what every Node that we support has. */
const COMMON = [
  "-std=c++17",
  "-fPIC",
  "-fvisibility=hidden",
  "-Wall",
  "-Wextra",
  "-pthread",
  "-DNAPI_VERSION=8",
];

const VARIANTS = {
  plain: ["-O2", "-g0"],
  sanitized: [
    "-O1",
    "-g",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
  ],
} satisfies Record<AddonVariant, readonly string[]>;

/**
 * Builds an addon with the compiler of this machine, unless it is up to date; or says why that cannot be done here.
 *
 * The file is renamed into place: a process that has the old one open keeps it. Sources that do not compile are an `Error` with
 * the command and what the compiler said.
 *
 * ```ts
 * import { buildAddon } from "@dqrm/addon-build";
 * const addon = await buildAddon({
 *   name: "zlib-addon",
 *   home: import.meta.dirname,
 *   sources: ["native/module.cc"],
 *   headers: ["zlib.h"],
 *   missing: "install zlib1g-dev (Debian)",
 *   compileFlags: [],
 *   linkFlags: ["-lz"],
 *   output: "build/zlib-addon.node",
 *   variant: "plain",
 * });
 * console.log("path" in addon ? addon.path : addon.unavailable);
 * ```
 */
export async function buildAddon(recipe: AddonRecipe): Promise<AddonState | NotBuilt> {
  const compiler = await findCompiler(recipe.compiler);
  const reason = compiler === undefined ? noCompiler(recipe) : await findObstacle(recipe, compiler);
  if (compiler === undefined || reason !== undefined) return { unavailable: `${recipe.name}: ${reason}` };
  const path = resolve(recipe.home, recipe.output);
  const state = describe(recipe, compiler);
  if (!isMadeOf(path, state)) await compile(recipe, compiler, state);
  return { path, built: true, upToDate: true };
}

/** Tells how an addon stands, without building it; nothing is up to date where there is no compiler to ask. */
export async function addonState(recipe: AddonRecipe): Promise<AddonState> {
  const compiler = await findCompiler(recipe.compiler);
  const path = resolve(recipe.home, recipe.output);
  const upToDate = compiler !== undefined && isMadeOf(path, describe(recipe, compiler));
  return { path, built: existsSync(path), upToDate };
}

function noCompiler({ compiler = "" }: AddonRecipe): string {
  const tried = compiler === "" ? "CXX, c++, g++, clang++" : compiler;
  return `there is no C++ compiler (tried ${tried}); install g++ or clang`;
}

async function findObstacle(recipe: AddonRecipe, { command, target }: Compiler): Promise<string | undefined> {
  if (target.includes("msvc")) return `no flags are known for ${target}`;
  for (const header of recipe.headers) {
    const flags = [...compileFlags(recipe), "-x", "c++", "-fsyntax-only", "-"];
    const { code } = await runTool(command, flags, `#include <${header}>\n`);
    if (code !== 0) return `${command} cannot include ${header}; ${recipe.missing}`;
  }
  return undefined;
}

function compileFlags({ compileFlags, variant }: AddonRecipe): readonly string[] {
  return [...COMMON, ...VARIANTS[variant], `-isystem${nodeHeaders}`, ...compileFlags];
}

function describe(recipe: AddonRecipe, { target, version }: Compiler): string {
  const flags = [...compileFlags(recipe), ...recipe.linkFlags];
  return fingerprint([version, target, ...flags], sourcePaths(recipe));
}

function isMadeOf(path: string, state: string): boolean {
  const record = recordOf(path);
  return existsSync(path) && existsSync(record) && readFileSync(record, "utf8") === state;
}

function recordOf(path: string): string {
  return `${path}.made-of`;
}

async function compile(recipe: AddonRecipe, { command, target }: Compiler, state: string): Promise<void> {
  const path = resolve(recipe.home, recipe.output);
  mkdirSync(dirname(path), { recursive: true });
  const output = `${path}.${process.pid}`;
  const shared = /darwin|apple/.test(target) ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"];
  const args = [
    ...compileFlags(recipe),
    ...shared,
    ...sourcePaths(recipe),
    ...recipe.linkFlags,
    "-o",
    output,
  ];
  const { code, output: said } = await runTool(command, args);
  if (code !== 0) throw new Error(`${recipe.name}: ${command} ${args.join(" ")}\n${said}`);
  renameSync(output, path);
  writeFileSync(recordOf(path), state);
}

function sourcePaths({ home, sources }: AddonRecipe): readonly string[] {
  return sources.map((source) => resolve(home, source));
}

import { runTool } from "./run-tool.ts";

/** Describes a C++ compiler that answers. */
export interface Compiler {
  readonly command: string;
  /** Its first line about itself. */
  readonly version: string;
  /** For which machine it compiles, as "x86_64-linux-gnu". */
  readonly target: string;
}

/** In the order in which they are tried. */
const USUAL = ["c++", "g++", "clang++"];

/**
 * Finds a C++ compiler: the wanted one, as the variable CXX names it, or else the usual ones; undefined when none answers.
 *
 * ```ts doctest
 * import { findCompiler } from "@dqrm/addon-build";
 * await findCompiler("/nowhere/c++"); // => undefined
 * ```
 */
export async function findCompiler(wanted?: string): Promise<Compiler | undefined> {
  for (const command of wanted === undefined || wanted === "" ? USUAL : [wanted]) {
    const version = await ask(command, "--version");
    const target = await ask(command, "-dumpmachine");
    if (version !== undefined && target !== undefined) return { command, version, target };
  }
  return undefined;
}

async function ask(command: string, question: string): Promise<string | undefined> {
  const { code, output } = await runTool(command, [question]);
  return code === 0 ? output.split("\n")[0].trim() : undefined;
}

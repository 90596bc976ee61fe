import { isAbsolute } from "node:path";
import type { Compiler } from "./find-compiler.ts";
import { runTool } from "./run-tool.ts";

/** The C++ library comes too: the sanitizer wraps its exceptions, and Node brings none that could be found. */
const LIBRARIES = ["libasan.so", "libstdc++.so"];

/**
 * Gives the variables under which Node can load an addon built with sanitizers, or undefined where the compiler lacks them.
 *
 * What is never freed is not reported: Node itself and the libraries of the system leave much behind.
 *
 * ```ts
 * import { findCompiler, sanitizerEnvironment } from "@dqrm/addon-build";
 * const compiler = await findCompiler();
 * const variables = compiler && (await sanitizerEnvironment(compiler));
 * variables?.["UBSAN_OPTIONS"]; // => "halt_on_error=1:print_stacktrace=1"
 * ```
 */
export async function sanitizerEnvironment(
  compiler: Compiler,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (!compiler.target.includes("linux")) return undefined;
  const paths: string[] = [];
  for (const library of LIBRARIES) {
    const { output } = await runTool(compiler.command, [`-print-file-name=${library}`]);
    paths.push(output.trim());
  }
  if (!paths.every((path) => isAbsolute(path))) return undefined;
  return {
    LD_PRELOAD: paths.join(" "),
    ASAN_OPTIONS: "detect_leaks=0",
    UBSAN_OPTIONS: "halt_on_error=1:print_stacktrace=1",
  };
}

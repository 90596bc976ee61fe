import { spawnSync } from "node:child_process";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { buildNative } from "./build-native.mjs";
import { attempt, home } from "./compile.mjs";
import { findCompiler } from "./compiler.mjs";

const vitest = fileURLToPath(new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url));

/** What is freed at the end, or never, is not what the sanitizers are asked about: Node itself leaves much behind. */
const OPTIONS = {
  ASAN_OPTIONS: "detect_leaks=0",
  UBSAN_OPTIONS: "halt_on_error=1:print_stacktrace=1",
};

/**
 * Lists the libraries that have to be in a process before an addon with sanitizers is loaded into it.
 *
 * @returns {readonly string[] | undefined} none where the compiler lacks them
 */
function runtimes() {
  const compiler = findCompiler();
  if (compiler === undefined || process.platform !== "linux") return undefined;
  // The C++ library comes too: the sanitizer wraps its exceptions, and Node brings none that could be found.
  const paths = ["libasan.so", "libstdc++.so"].map((library) =>
    spawnSync(compiler.command, [`-print-file-name=${library}`], { encoding: "utf8" }).stdout.trim(),
  );
  return paths.every((path) => isAbsolute(path)) ? paths : undefined;
}

/**
 * Runs the tests of this package on an addon that ends the process where memory or arithmetic goes wrong.
 *
 * @param {readonly string[]} args for vitest
 * @returns {Promise<{ verdict: "passed" | "failed" | "skipped", output: string, note: string }>}
 */
export async function testSanitized(args) {
  const preload = runtimes();
  if (preload === undefined) {
    return {
      verdict: "skipped",
      output: "",
      note: "no compiler on Linux that has the AddressSanitizer's library",
    };
  }
  const { path, note } = await buildNative("sanitized");
  if (path === undefined) return { verdict: "skipped", output: "", note };
  const env = { ...process.env, ...OPTIONS, LD_PRELOAD: preload.join(" "), DQRM_NATIVE_BINARY: path };
  const wrong = ["-e", `require(${JSON.stringify(path)}).readBeyond()`];
  const seen = await attempt(process.execPath, wrong, { env });
  if (seen.code === 0 || !seen.output.includes("heap-buffer-overflow")) {
    return { verdict: "failed", output: `the sanitizer did not see a wrong read\n${seen.output}`, note };
  }
  // Compilers, whose tests are left out, would run under the sanitizer as well.
  const tests = [vitest, "run", "--maxWorkers=2", "--exclude=test/build.test.mjs", ...args];
  const { code, output } = await attempt(process.execPath, tests, { cwd: home, env });
  return { verdict: code === 0 ? "passed" : "failed", output, note };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { verdict, output, note } = await testSanitized(process.argv.slice(2));
  console.log(verdict === "skipped" ? `skipped: ${note}` : output.split("\n").slice(-40).join("\n"));
  console.log(verdict);
  if (verdict === "failed") process.exitCode = 1;
}

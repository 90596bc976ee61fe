import { spawnSync } from "node:child_process";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { buildNative } from "./build-native.mjs";
import { home } from "./compile.mjs";
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
  const seen = spawnSync(process.execPath, ["-e", `require(${JSON.stringify(path)}).readBeyond()`], {
    env,
    encoding: "utf8",
  });
  if (seen.status === 0 || !seen.stderr.includes("heap-buffer-overflow")) {
    return { verdict: "failed", output: `the sanitizer saw nothing\n${seen.stderr}`, note };
  }
  const tests = spawnSync(process.execPath, [vitest, "run", ...args], { cwd: home, env, encoding: "utf8" });
  const output = `${tests.stdout}\n${tests.stderr}`;
  return { verdict: tests.status === 0 ? "passed" : "failed", output, note };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { verdict, output, note } = await testSanitized(process.argv.slice(2));
  console.log(verdict === "skipped" ? `skipped: ${note}` : output.split("\n").slice(-40).join("\n"));
  console.log(verdict);
  if (verdict === "failed") process.exitCode = 1;
}

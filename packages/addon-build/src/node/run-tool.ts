import { spawn } from "node:child_process";

/** Tells how a program ended. */
export interface ToolResult {
  /** Its exit code; 1 when a signal ended it, 127 when it could not be started. */
  readonly code: number;
  /** What it printed on both streams, in order of arrival. */
  readonly output: string;
}

/** What a shell answers for a program that is not there. */
const NOT_FOUND = 127;

/**
 * Runs a program to its end, however it ends.
 *
 * ```ts doctest
 * import { runTool } from "@dqrm/addon-build";
 * await runTool(process.execPath, ["-p", "6 * 7"]); // => { code: 0, output: "42\n" }
 * (await runTool("/nowhere/c++", [])).code; // => 127
 * ```
 */
export function runTool(command: string, args: readonly string[], input = ""): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "pipe" });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    }
    child.on("error", (error) => {
      resolve({ code: NOT_FOUND, output: error.message });
    });
    child.on("close", (code) => {
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() });
    });
    // A program that does not read what it is given closes the pipe.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

import { DqrmError } from "@dqrm/core";
import type { Terminal } from "./terminal.ts";

/** Signals a wrong call of the command: exit code 2, with a hint where help is. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Exit code of a command that did its work. */
export const EXIT_OK = 0;
/** Exit code of a command that failed on its way. */
export const EXIT_FAILURE = 1;
/** Exit code of a command that was called wrongly. */
export const EXIT_USAGE = 2;

/**
 * Prints `error CODE: message` to standard error and returns the exit code.
 *
 * @shape 2 for a UsageError, 1 for everything else
 */
export function reportError(error: unknown, terminal: Terminal): number {
  if (error instanceof UsageError) {
    terminal.err(`error USAGE: ${error.message}\nsee: dqrm --help\n`);
    return EXIT_USAGE;
  }
  const code = error instanceof DqrmError ? error.code : errorName(error);
  terminal.err(`error ${code}: ${error instanceof Error ? error.message : String(error)}\n`);
  return EXIT_FAILURE;
}

function errorName(error: unknown): string {
  if (error instanceof Error && error.name === "AbortError") return "ABORTED";
  return "UNEXPECTED";
}

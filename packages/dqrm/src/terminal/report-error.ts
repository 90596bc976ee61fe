import { DqrmError } from "@dqrm/core";
import type { Terminal } from "./terminal.ts";

/** Signals a wrong call of the command: exit code 2, with a hint where help is. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Carries a failure from a worker thread, with the code that it had there. */
export class WorkerFailure extends Error {
  override readonly name = "WorkerFailure";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Gives the code that a failure is printed with.
 *
 * @shape a DqrmError's own code, ABORTED after an interrupt, UNEXPECTED for everything else
 */
export function errorCode(error: unknown): string {
  if (error instanceof WorkerFailure) return error.code;
  if (error instanceof DqrmError) return String(error.code);
  if (error instanceof Error && error.name === "AbortError") return "ABORTED";
  return "UNEXPECTED";
}

/** Exit code of a command that did its work. */
export const EXIT_OK = 0;
/** Exit code of a command that failed on its way. */
export const EXIT_FAILURE = 1;
/** Exit code of a command that was called wrongly. */
export const EXIT_USAGE = 2;
/** Exit code of a worker that lost another (EX_TEMPFAIL of sysexits.h): a scheduler may start the group again with --resume. */
export const EXIT_PEER = 75;

/**
 * Prints `error CODE: message` to standard error and returns the exit code.
 *
 * @shape 2 for a UsageError, 75 for a lost peer, 1 for everything else
 */
export function reportError(error: unknown, terminal: Terminal): number {
  if (error instanceof UsageError) {
    terminal.err(`error USAGE: ${error.message}\nsee: dqrm --help\n`);
    return EXIT_USAGE;
  }
  terminal.err(`error ${errorCode(error)}: ${error instanceof Error ? error.message : String(error)}\n`);
  return errorCode(error) === "PEER" ? EXIT_PEER : EXIT_FAILURE;
}

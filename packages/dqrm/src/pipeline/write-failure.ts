import { DqrmError } from "@dqrm/core";

/** Turns the system's error of writing a file or folder into an IO error that says what was expected there. */
export function writeFailure(path: string, expected: string, cause: unknown): DqrmError<"IO"> {
  const actual = cause instanceof Error ? cause.message : String(cause);
  return new DqrmError("IO", { operation: "write", path, expected, actual }, { cause });
}

import { DqrmError } from "@dqrm/core";

/** Creates the error for a file operation that the system refused; the system's error is the cause. */
export function ioError(operation: string, path: string, expected: string, cause: unknown): DqrmError<"IO"> {
  const actual = cause instanceof Error ? cause.message : String(cause);
  return new DqrmError("IO", { operation, path, expected, actual }, { cause });
}

import { DqrmError } from "@dqrm/core";

/** Wraps what the system said about a file in an error that names the operation, the path and the expectation. */
export function fileError(
  operation: string,
  path: string,
  expected: string,
  cause: unknown,
): DqrmError<"IO"> {
  const actual = cause instanceof Error ? cause.message : String(cause);
  return new DqrmError("IO", { operation, path, expected, actual }, { cause });
}

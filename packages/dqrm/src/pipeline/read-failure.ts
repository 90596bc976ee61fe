import { DqrmError } from "@dqrm/core";

/** Turns the system's error of reading a file into an IO error that says what was expected there. */
export function readFailure(path: string, expected: string, cause: unknown): DqrmError<"IO"> {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const actual = code === "ENOENT" ? "no such file" : cause instanceof Error ? cause.message : String(cause);
  return new DqrmError("IO", { operation: "read", path, expected, actual }, { cause });
}

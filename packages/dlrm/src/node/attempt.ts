import { DqrmError } from "@dqrm/core";
import { errorCode } from "./disk.ts";

/** Tells whether an unknown error is one of the library's, of whatever code. */
export function isTyped(error: unknown): error is DqrmError {
  return error instanceof DqrmError;
}

/**
 * Runs a file operation and names it in the error when it fails.
 *
 * @throws IO with the system's error as cause; a DqrmError as it is
 */
export async function attempt<T>(operation: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (isTyped(cause)) throw cause;
    const actual = cause instanceof Error ? cause.message : String(cause);
    throw new DqrmError(
      "IO",
      { operation, path, expected: expectation(errorCode(cause)), actual },
      { cause },
    );
  }
}

function expectation(code: string): string {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "enough free space on the disk";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "permission to use this path";
    case "ENOENT":
      return "a path that exists";
    case "ENOTDIR":
    case "EEXIST":
      return "a directory that can be created or used";
    default:
      return "the operation to succeed";
  }
}

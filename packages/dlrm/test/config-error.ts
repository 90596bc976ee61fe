import { isDqrmError, type DqrmError } from "@dqrm/core";

/** Gives the details of the CONFIG error that a call ends with. */
export function configError(run: () => unknown): DqrmError<"CONFIG">["details"] {
  try {
    run();
  } catch (error) {
    if (isDqrmError(error, "CONFIG")) return error.details;
    throw error;
  }
  throw new Error("expected a CONFIG error");
}

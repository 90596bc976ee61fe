import { DqrmError } from "@dqrm/core";

/** Tells a waiting call to give up; every `AbortSignal` of Node and of browsers is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Builds the error of a call that was given up; the signal's reason is its cause. */
export function abortError(op: string, signal: CancelSignal): DqrmError<"STATE"> {
  return new DqrmError(
    "STATE",
    { op, expected: "an answer before the call was given up", actual: "aborted" },
    { cause: signal.reason },
  );
}

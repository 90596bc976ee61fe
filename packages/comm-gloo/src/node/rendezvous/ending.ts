import type { CancelSignal } from "@dqrm/comm";
import { DqrmError } from "@dqrm/core";

/** Says when a call ends unfinished: its time is over, or its caller has given up. */
export interface Ending {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  isGivenUp(): boolean;
  /** Builds the error of a call that ended while it waited for a peer. */
  error(facts: PeerFacts): DqrmError;
  /** Lets go of the timer and of the caller's signal. */
  stop(): void;
}

/** Names a peer, and what it should have done. */
export interface PeerFacts {
  readonly peer: number;
  readonly expected: string;
  readonly actual: string;
}

/** Builds the error of a peer that is not, or not fully, of this group. */
export function peerError(facts: PeerFacts): DqrmError<"PEER"> {
  return new DqrmError("PEER", { ...facts, step: null, op: "open" });
}

/** Starts the time of a call. */
export function createEnding({
  signal,
  timeoutMs,
}: {
  readonly timeoutMs: number;
  readonly signal?: CancelSignal;
}): Ending {
  const controller = new AbortController();
  const end = (): void => {
    controller.abort();
  };
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener("abort", end);
  const isGivenUp = (): boolean => signal?.aborted === true;
  if (isGivenUp()) end();
  return {
    signal: controller.signal,
    timeoutMs,
    isGivenUp,
    error(facts) {
      if (!isGivenUp()) return peerError(facts);
      const expected = "an answer before the call was given up";
      return new DqrmError("STATE", { op: "open", expected, actual: "aborted" }, { cause: signal?.reason });
    },
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    },
  };
}

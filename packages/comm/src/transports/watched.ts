import { DqrmError, isDqrmError } from "@dqrm/core";
import type { CancelSignal } from "../abort.ts";
import { createCancel } from "../cancel.ts";
import type { Transport } from "../transport.ts";
import { failedPeer, readFailure } from "./failure-message.ts";

/** Calls back once after a time in milliseconds; the answer takes that back. */
export type StartTimer = (milliseconds: number, expired: () => void) => () => void;

/** Says how long a peer may be silent. */
export interface WatchOptions {
  /** Infinity waits for ever, and still names a peer that is gone. */
  readonly timeoutMs: number;
  /** `setTimeout` where the host has one; tests pass a clock of their own. */
  readonly startTimer: StartTimer;
}

/** Most that a timer of Node and of browsers can wait, in milliseconds. */
export const MAX_TIMEOUT_MS: number = 2 ** 31 - 1;

/**
 * Gives a transport whose calls end: a peer that is silent for too long, or is gone, is an error that names it.
 *
 * @throws VALUE when the time is none that a timer can wait
 * @cost one timer for each call that waits
 *
 * ```ts doctest
 * import { createMemoryTransports, watched } from "@dqrm/comm";
 * const startTimer = (milliseconds: number, expired: () => void) => {
 *   const timer = setTimeout(expired, milliseconds);
 *   return () => clearTimeout(timer);
 * };
 * const [first] = createMemoryTransports(2);
 * const patient = watched(first, { timeoutMs: 20, startTimer });
 * await patient.receive(1).catch((error: Error) => error.message);
 * // => "rank 1: receive: silence, expected a message within 20 ms"
 * ```
 */
export function watched(transport: Transport, { startTimer, timeoutMs }: WatchOptions): Transport {
  checkTimeout(timeoutMs);
  const call = async <T>(watch: Watch, run: (signal: CancelSignal) => Promise<T>): Promise<T> => {
    const { fire, signal } = createCancel();
    const outer = watch.signal;
    const giveUp = (): void => {
      fire(outer?.reason);
    };
    outer?.addEventListener("abort", giveUp);
    if (outer?.aborted === true) giveUp();
    let late = false;
    const expired = (): void => {
      late = true;
      fire(new Error(`${watch.op} took ${timeoutMs} ms`));
    };
    const stop = timeoutMs === Infinity ? () => undefined : startTimer(timeoutMs, expired);
    try {
      return await run(signal);
    } catch (error) {
      if (late) throw peerError(watch, "silence", error);
      if (isLost(error, watch)) throw peerError(watch, error.details.actual, error);
      throw error;
    } finally {
      stop();
      outer?.removeEventListener("abort", giveUp);
    }
  };
  const within = timeoutMs === Infinity ? "" : ` within ${timeoutMs} ms`;
  const expected = `a message${within}`;
  return {
    name: transport.name,
    rank: transport.rank,
    size: transport.size,
    send: (peer, bytes, signal) =>
      call({ op: "send", peer, signal, expected: `to be heard${within}` }, (linked) =>
        transport.send(peer, bytes, linked),
      ),
    async receive(peer, signal) {
      const bytes = await call({ op: "receive", peer, signal, expected }, (linked) =>
        transport.receive(peer, linked),
      );
      const failure = readFailure(bytes, transport.size);
      if (failure !== undefined) throw failedPeer(failure, "receive", expected);
      return bytes;
    },
    recycle: (bytes) => transport.recycle?.(bytes),
    close: () => transport.close(),
  };
}

interface Watch {
  readonly op: string;
  readonly peer: number;
  readonly signal: CancelSignal | undefined;
  readonly expected: string;
}

/** A closed peer is lost; a call that this end gave up, or an end that this one closed, is not. */
function isLost(error: unknown, { peer }: Watch): error is DqrmError<"STATE"> {
  return isDqrmError(error, "STATE") && error.details.actual === `rank ${peer} is closed`;
}

function peerError({ expected, op, peer }: Watch, actual: string, cause: unknown): DqrmError<"PEER"> {
  return new DqrmError("PEER", { peer, step: null, op, expected, actual }, { cause });
}

function checkTimeout(timeoutMs: number): void {
  if (timeoutMs === Infinity || (timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) return;
  const expected = `more than 0 and at most ${MAX_TIMEOUT_MS}, or Infinity`;
  throw new DqrmError("VALUE", { op: "watched", what: "timeoutMs", expected, actual: String(timeoutMs) });
}

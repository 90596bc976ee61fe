import { DqrmError } from "@dqrm/core";
import { abortError, type CancelSignal } from "../abort.ts";

interface Waiter {
  resolve(bytes: Uint8Array): void;
  reject(error: Error): void;
}

/** Holds what was sent from one rank to another and not yet received, or who waits for it. */
export interface Lane {
  readonly ready: Uint8Array[];
  readonly waiting: Waiter[];
}

/** Creates a lane on which nothing was sent. */
export function createLane(): Lane {
  return { ready: [], waiting: [] };
}

/** Gives bytes to who waits longest, or keeps them. */
export function deliver({ ready, waiting }: Lane, bytes: Uint8Array): void {
  const waiter = waiting.shift();
  if (waiter === undefined) ready.push(bytes);
  else waiter.resolve(bytes);
}

/** Waits for the next bytes of a lane on which none are ready. */
export async function waitFor(lane: Lane, signal: CancelSignal | undefined): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const forget = (): void => {
      signal?.removeEventListener("abort", onAbort);
    };
    const waiter: Waiter = {
      resolve(bytes) {
        forget();
        resolve(bytes);
      },
      reject(error) {
        forget();
        reject(error);
      },
    };
    function onAbort(): void {
      lane.waiting.splice(lane.waiting.indexOf(waiter), 1);
      if (signal !== undefined) waiter.reject(abortError("receive", signal));
    }
    signal?.addEventListener("abort", onAbort);
    lane.waiting.push(waiter);
  });
}

/** Refuses all who wait, because a rank has closed. */
export function refuse(lane: Lane, rank: number): void {
  for (const waiter of lane.waiting.splice(0)) waiter.reject(closedError("receive", rank));
}

/** Builds the error of a rank that has closed. */
export function closedError(op: string, rank: number): DqrmError<"STATE"> {
  return new DqrmError("STATE", { op, expected: "an open transport", actual: `rank ${rank} is closed` });
}

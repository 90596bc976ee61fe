import { DqrmError } from "@dqrm/core";
import type { CancelSignal } from "./abort.ts";

/**
 * Moves bytes between the ranks of a group: messages from one rank to another arrive whole, once, and in order.
 *
 * Collectives are functions over this, so every transport has them all.
 */
export interface Transport {
  readonly name: string;
  /** This end's number, 0 to size − 1. */
  readonly rank: number;
  readonly size: number;
  /**
   * Sends a message; when the promise settles, the caller may reuse `bytes`. Never waits for the receiver to ask.
   *
   * @throws INDEX_RANGE when `to` is no rank; STATE when this end or the peer is closed, or the signal fires
   */
  send(to: number, bytes: Uint8Array, signal?: CancelSignal): Promise<void>;
  /**
   * Waits for the next message of a rank; the bytes are the caller's own. A call that was given up consumes nothing.
   *
   * @throws INDEX_RANGE when `from` is no rank; STATE when this end closes, or the peer has closed and all its
   *         messages were received, or the signal fires
   */
  receive(from: number, signal?: CancelSignal): Promise<Uint8Array>;
  /**
   * Takes the memory of a message that was received, for a later one; nobody may read the bytes any more. A transport without this
   * leaves them to the collector.
   */
  recycle?(bytes: Uint8Array): void;
  /** Ends this end: waiting calls are refused, and peers are told. Closing twice is allowed. */
  close(): Promise<void>;
}

/** Lists the other ranks of the group. */
export function otherRanks({ rank, size }: Pick<Transport, "rank" | "size">): readonly number[] {
  return Array.from({ length: size }, (_, other) => other).filter((other) => other !== rank);
}

/** Checks that a number names a rank of the group. @throws INDEX_RANGE */
export function checkRank(op: string, rank: number, size: number): void {
  if (Number.isInteger(rank) && rank >= 0 && rank < size) return;
  throw new DqrmError("INDEX_RANGE", { op, position: 0, index: rank, rows: size });
}

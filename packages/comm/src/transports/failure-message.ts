import { DqrmError, isDqrmError } from "@dqrm/core";
import { otherRanks, type Transport } from "../transport.ts";

/** Begins a message that says why its sender ends: "DQGX". */
const MAGIC = [0x44, 0x51, 0x47, 0x58] as const;

/** A reason is a line; a longer one is cut. */
const MAX_REASON_BYTES = 4096;

/** Says whom a worker lost, or that it failed itself. */
interface Failure {
  readonly peer: number;
  readonly reason: string;
}

/**
 * Tells all others why this end is about to close, so that a watched transport names who failed, and not who noticed it first.
 *
 * A peer that does not hear it is not waited for: what a transport sends waits for nobody.
 *
 * ```ts doctest
 * import { createMemoryTransports, sayFailure, watched } from "@dqrm/comm";
 * const [first, second] = createMemoryTransports(2);
 * const watching = watched(first, { timeoutMs: Infinity, startTimer: () => () => undefined });
 * await sayFailure(second, new Error("the disk is full"));
 * await second.close();
 * await watching.receive(1).catch((error: Error) => error.message);
 * // => "rank 1: receive: it failed: the disk is full, expected a message"
 * ```
 */
export async function sayFailure(transport: Transport, error: unknown): Promise<void> {
  const bytes = encodeFailure(failureOf(transport.rank, error));
  const peers = otherRanks(transport);
  await Promise.allSettled(peers.map((peer) => transport.send(peer, bytes)));
}

function failureOf(rank: number, error: unknown): Failure {
  if (isDqrmError(error, "PEER")) return { peer: error.details.peer, reason: error.details.actual };
  return { peer: rank, reason: `it failed: ${error instanceof Error ? error.message : String(error)}` };
}

function encodeFailure({ peer, reason }: Failure): Uint8Array {
  const text = encodeText(reason).subarray(0, MAX_REASON_BYTES);
  const bytes = new Uint8Array(8 + text.length);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(4, peer, true);
  bytes.set(text, 8);
  return bytes;
}

/** Gives the failure that a message tells of; undefined for every other message. */
export function readFailure(bytes: Uint8Array, size: number): Failure | undefined {
  if (bytes.length < 8 || bytes.length > 8 + MAX_REASON_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    return undefined;
  }
  const peer = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  return peer < size ? { peer, reason: decodeText(bytes.subarray(8)) } : undefined;
}

/** Reasons are read by people, in a line: what is not printable ASCII becomes a question mark. */
function encodeText(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => (/^[ -~]$/.test(letter) ? letter.charCodeAt(0) : 0x3f));
}

function decodeText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : "?")).join(
    "",
  );
}

/** Builds the error of a peer that told why it ends. */
export function failedPeer(failure: Failure, op: string, expected: string): DqrmError<"PEER"> {
  return new DqrmError("PEER", { peer: failure.peer, step: null, op, expected, actual: failure.reason });
}

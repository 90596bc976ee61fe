import { abortError, type CancelSignal } from "../abort.ts";
import { checkRank, type Transport } from "../transport.ts";
import { closedError, createLane, deliver, refuse, waitFor, type Lane } from "./lane.ts";
import { createSpareMemory, type SpareMemory } from "./spare-memory.ts";

/** Is told by an engine what comes and who is gone. */
export interface EngineListener {
  /** A rank's next message came; the bytes are the listener's own. */
  arrived(from: number, bytes: Uint8Array): void;
  /**
   * Gives memory for a message that `arrived` is then called with, where the engine has none of its own; its contents are any.
   * Answers undefined where the machine has no such memory: the rank is lost then, for what it sent would be missing from here on.
   */
  memory(length: number): Uint8Array<ArrayBuffer> | undefined;
  /** A rank closed, or its connection broke, and nothing more comes from it. */
  gone(rank: number): void;
}

/** Moves bytes to other ranks; what a transport promises beyond that is made of it by `createEngineTransport`. */
export interface Engine {
  /**
   * Sends to another rank, in the order of the calls, without waiting for it to ask; nobody changes the bytes any more, unless the
   * engine copies them.
   *
   * May answer a promise that settles when the engine has taken the message.
   */
  post(to: number, bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
  /** Whether bytes are copied before `post` returns, so that nobody has to do so before. */
  readonly copies?: boolean;
  /** Tells the others, after all that was posted, that nothing more comes; called once. */
  close(): void | Promise<void>;
}

/** Names an end, and opens its engine. */
export interface EngineTransportOptions {
  readonly name: string;
  readonly rank: number;
  readonly size: number;
  readonly open: (listener: EngineListener) => Engine;
}

interface End {
  readonly rank: number;
  readonly size: number;
  /** What came from each rank. */
  readonly lanes: readonly Lane[];
  readonly closed: Set<number>;
  readonly spare: SpareMemory;
}

/**
 * Creates a transport over an engine that only posts bytes and says what comes: queues, signals, closing and messages to the end
 * itself are done here.
 *
 * @cost every message is copied once, here or by the engine, to memory of earlier ones that was given back by `recycle`
 *
 * ```ts doctest
 * import { createEngineTransport, type EngineListener } from "@dqrm/comm";
 * const listeners: EngineListener[] = [];
 * const ends = [0, 1].map((rank) =>
 *   createEngineTransport({
 *     name: "direct",
 *     rank,
 *     size: 2,
 *     open(listener) {
 *       listeners[rank] = listener;
 *       return {
 *         post: (to, bytes) => listeners[to].arrived(rank, bytes),
 *         close: () => listeners[1 - rank].gone(rank),
 *       };
 *     },
 *   }),
 * );
 * await ends[0].send(1, Uint8Array.of(7, 8));
 * [...(await ends[1].receive(0))]; // => [7, 8]
 * ```
 */
export function createEngineTransport({ name, open, rank, size }: EngineTransportOptions): Transport {
  const lanes = Array.from({ length: size }, createLane);
  const end: End = { rank, size, lanes, closed: new Set(), spare: createSpareMemory() };
  const engine = open({
    arrived(from, bytes) {
      if (!end.closed.has(rank)) deliver(lanes[from], bytes);
    },
    memory: (length) => memoryFrom(end.spare, length),
    gone(peer) {
      end.closed.add(peer);
      refuse(lanes[peer], peer);
    },
  });
  return {
    name,
    rank,
    size,
    async send(to, bytes, signal) {
      checkSend(end, to, signal);
      if (to === rank) deliver(lanes[rank], copied(end, bytes));
      else await engine.post(to, engine.copies === true ? plain(end, bytes) : copied(end, bytes));
    },
    // What throws inside the promise's executor refuses the promise.
    receive: (from, signal) =>
      new Promise((resolve) => {
        resolve(take(end, from, signal));
      }),
    recycle(bytes) {
      end.spare.give(bytes);
    },
    async close() {
      if (end.closed.has(rank)) return;
      leave(end);
      await engine.close();
    },
  };
}

function memoryFrom(spare: SpareMemory, length: number): Uint8Array<ArrayBuffer> | undefined {
  try {
    return spare.take(length);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Bytes of shared memory are copied all the same: an engine takes plain ones. */
function plain(end: End, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength, byteOffset } = bytes;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, byteLength) : copied(end, bytes);
}

function copied({ spare }: End, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = spare.take(bytes.length);
  copy.set(bytes);
  return copy;
}

function checkSend({ closed, rank, size }: End, to: number, signal: CancelSignal | undefined): void {
  checkRank("send", to, size);
  if (signal?.aborted === true) throw abortError("send", signal);
  for (const side of [rank, to]) if (closed.has(side)) throw closedError("send", side);
}

function take(
  { closed, lanes, rank, size }: End,
  from: number,
  signal: CancelSignal | undefined,
): Uint8Array | Promise<Uint8Array> {
  checkRank("receive", from, size);
  if (signal?.aborted === true) throw abortError("receive", signal);
  if (closed.has(rank)) throw closedError("receive", rank);
  const bytes = lanes[from].ready.shift();
  if (bytes !== undefined) return bytes;
  if (closed.has(from)) throw closedError("receive", from);
  return waitFor(lanes[from], signal);
}

function leave({ closed, lanes, rank }: End): void {
  closed.add(rank);
  for (const lane of lanes) {
    lane.ready.length = 0;
    refuse(lane, rank);
  }
}

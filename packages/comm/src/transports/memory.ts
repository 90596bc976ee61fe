import { DqrmError } from "@dqrm/core";
import { abortError, type CancelSignal } from "../abort.ts";
import { checkRank, type Transport } from "../transport.ts";
import { closedError, createLane, deliver, refuse, waitFor, type Lane } from "./lane.ts";

/** A group larger than this in one process is a mistake; the paper's largest has 8 ranks. */
export const MAX_MEMORY_RANKS = 1024;

interface Group {
  readonly size: number;
  /** The lane from rank a to rank b is lanes[a × size + b]. */
  readonly lanes: readonly Lane[];
  readonly closed: Set<number>;
}

interface Route {
  readonly from: number;
  readonly to: number;
}

/**
 * Creates the ends of a group inside one process: for tests, and for several logical workers in one thread.
 *
 * @throws VALUE when size is not an integer from 1 to MAX_MEMORY_RANKS
 * @cost every message is copied once; messages nobody receives are kept until the end closes
 *
 * ```ts doctest
 * import { createMemoryTransports } from "@dqrm/comm";
 * const [first, second] = createMemoryTransports(2);
 * await first.send(1, Uint8Array.of(7, 8));
 * [...(await second.receive(0))]; // => [7, 8]
 * ```
 */
export function createMemoryTransports(size: number): readonly Transport[] {
  if (!Number.isInteger(size) || size < 1 || size > MAX_MEMORY_RANKS) {
    throw new DqrmError("VALUE", {
      op: "createMemoryTransports",
      what: "size",
      expected: `an integer from 1 to ${MAX_MEMORY_RANKS}`,
      actual: String(size),
    });
  }
  const lanes = Array.from({ length: size * size }, createLane);
  const group: Group = { size, lanes, closed: new Set() };
  return Array.from({ length: size }, (_, rank) => createEnd(rank, group));
}

function createEnd(rank: number, group: Group): Transport {
  return {
    name: "memory",
    rank,
    size: group.size,
    // What throws inside the promise's executor refuses the promise.
    send: (to, bytes, signal) =>
      new Promise((resolve) => {
        post(group, { from: rank, to }, bytes, signal);
        resolve();
      }),
    receive: (from, signal) =>
      new Promise((resolve) => {
        resolve(take(group, { from, to: rank }, signal));
      }),
    close: () =>
      new Promise((resolve) => {
        leave(group, rank);
        resolve();
      }),
  };
}

function post(group: Group, route: Route, bytes: Uint8Array, signal: CancelSignal | undefined): void {
  checkRank("send", route.to, group.size);
  if (signal?.aborted === true) throw abortError("send", signal);
  for (const end of [route.from, route.to]) if (group.closed.has(end)) throw closedError("send", end);
  deliver(laneOf(group, route), bytes.slice());
}

function take(
  group: Group,
  route: Route,
  signal: CancelSignal | undefined,
): Uint8Array | Promise<Uint8Array> {
  checkRank("receive", route.from, group.size);
  if (signal?.aborted === true) throw abortError("receive", signal);
  if (group.closed.has(route.to)) throw closedError("receive", route.to);
  const lane = laneOf(group, route);
  const bytes = lane.ready.shift();
  if (bytes !== undefined) return bytes;
  if (group.closed.has(route.from)) throw closedError("receive", route.from);
  return waitFor(lane, signal);
}

function leave(group: Group, rank: number): void {
  if (group.closed.has(rank)) return;
  group.closed.add(rank);
  for (let peer = 0; peer < group.size; peer++) {
    const inward = laneOf(group, { from: peer, to: rank });
    inward.ready.length = 0;
    refuse(inward, rank);
    refuse(laneOf(group, { from: rank, to: peer }), rank);
  }
}

function laneOf({ lanes, size }: Group, { from, to }: Route): Lane {
  return lanes[from * size + to];
}

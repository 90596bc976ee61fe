import { DqrmError } from "@dqrm/core";
import { abortError, type CancelSignal } from "../abort.ts";
import { checkRank, type Transport } from "../transport.ts";
import { closedError, createLane, deliver, refuse, waitFor, type Lane } from "./lane.ts";

/** Is one side of a channel between two threads: a `MessagePort` of Node or of a browser. */
export interface ChannelPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message" | "close", listener: (event: object) => void): void;
  start(): void;
  close(): void;
}

/** Describes one end of a group of threads. */
export interface PortTransportOptions {
  readonly rank: number;
  /** The channel to each rank; the place of this rank itself is not read. */
  readonly ports: readonly (ChannelPort | undefined)[];
}

/** What a closing end sends instead of bytes. */
const CLOSED = "closed";

interface End {
  readonly rank: number;
  readonly ports: PortTransportOptions["ports"];
  /** What came from each rank. */
  readonly lanes: readonly Lane[];
  readonly closed: Set<number>;
}

/**
 * Creates one end of a group of threads that are connected, each to each, by message channels.
 *
 * A thread that ends without closing its end is heard of where the host says that a channel closed, as Node does.
 *
 * @throws VALUE when the rank is none of the group's, or a channel is missing
 * @cost every message is copied once, and moved to the other thread
 *
 * ```ts doctest
 * import { createPortTransport } from "@dqrm/comm";
 * const { port1, port2 } = new MessageChannel();
 * const first = createPortTransport({ rank: 0, ports: [undefined, port1] });
 * const second = createPortTransport({ rank: 1, ports: [port2, undefined] });
 * await first.send(1, Uint8Array.of(7, 8));
 * [...(await second.receive(0))]; // => [7, 8]
 * await first.close();
 * await second.close();
 * ```
 */
export function createPortTransport({ ports, rank }: PortTransportOptions): Transport {
  checkPorts(rank, ports);
  const end: End = { rank, ports, lanes: ports.map(createLane), closed: new Set() };
  ports.forEach((port, peer) => {
    if (port === undefined || peer === rank) return;
    port.addEventListener("message", (event) => {
      if ("data" in event) hear(end, peer, event.data);
    });
    port.addEventListener("close", () => {
      lose(end, peer);
    });
    port.start();
  });
  return {
    name: "threads",
    rank,
    size: ports.length,
    // What throws inside the promise's executor refuses the promise.
    send: (to, bytes, signal) =>
      new Promise((resolve) => {
        post(end, to, bytes, signal);
        resolve();
      }),
    receive: (from, signal) =>
      new Promise((resolve) => {
        resolve(take(end, from, signal));
      }),
    close: () =>
      new Promise((resolve) => {
        leave(end);
        resolve();
      }),
  };
}

function hear(end: End, peer: number, data: unknown): void {
  if (data instanceof Uint8Array && !end.closed.has(end.rank)) deliver(end.lanes[peer], data);
  else if (data === CLOSED) lose(end, peer);
}

function lose({ closed, lanes }: End, peer: number): void {
  closed.add(peer);
  refuse(lanes[peer], peer);
}

function post(
  { closed, lanes, ports, rank }: End,
  to: number,
  bytes: Uint8Array,
  signal: CancelSignal | undefined,
): void {
  checkRank("send", to, ports.length);
  if (signal?.aborted === true) throw abortError("send", signal);
  for (const side of [rank, to]) if (closed.has(side)) throw closedError("send", side);
  const copy = bytes.slice();
  if (to === rank) deliver(lanes[rank], copy);
  else ports[to]?.postMessage(copy, [copy.buffer]);
}

function take(
  { closed, lanes, ports, rank }: End,
  from: number,
  signal: CancelSignal | undefined,
): Uint8Array | Promise<Uint8Array> {
  checkRank("receive", from, ports.length);
  if (signal?.aborted === true) throw abortError("receive", signal);
  if (closed.has(rank)) throw closedError("receive", rank);
  const bytes = lanes[from].ready.shift();
  if (bytes !== undefined) return bytes;
  if (closed.has(from)) throw closedError("receive", from);
  return waitFor(lanes[from], signal);
}

function leave({ closed, lanes, ports, rank }: End): void {
  if (closed.has(rank)) return;
  closed.add(rank);
  for (const [peer, port] of ports.entries()) {
    lanes[peer].ready.length = 0;
    refuse(lanes[peer], rank);
    if (peer === rank) continue;
    port?.postMessage(CLOSED, []);
    port?.close();
  }
}

function checkPorts(rank: number, ports: PortTransportOptions["ports"]): void {
  const refuseValue = (what: string, expected: string, actual: string): never => {
    throw new DqrmError("VALUE", { op: "createPortTransport", what, expected, actual });
  };
  if (!Number.isInteger(rank) || rank < 0 || rank >= ports.length) {
    refuseValue("rank", `an integer from 0 to ${ports.length - 1}`, String(rank));
  }
  const missing = ports.findIndex((port, peer) => port === undefined && peer !== rank);
  if (missing >= 0) refuseValue(`ports[${missing}]`, "a channel to every other rank", "missing");
}

import { DqrmError } from "@dqrm/core";
import type { Transport } from "../transport.ts";
import { createEngineTransport, type Engine, type EngineListener } from "./engine.ts";

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
  const peers = [...ports.entries()].filter(([peer]) => peer !== rank);
  return createEngineTransport({
    name: "threads",
    rank,
    size: ports.length,
    open(listener) {
      for (const [peer, port] of peers) if (port !== undefined) listen(port, peer, listener);
      return portEngine(ports, peers);
    },
  });
}

function listen(port: ChannelPort, peer: number, { arrived, gone }: EngineListener): void {
  port.addEventListener("message", (event) => {
    const data: unknown = "data" in event ? event.data : undefined;
    if (data instanceof Uint8Array) arrived(peer, data);
    else if (data === CLOSED) gone(peer);
  });
  port.addEventListener("close", () => {
    gone(peer);
  });
  port.start();
}

function portEngine(
  ports: PortTransportOptions["ports"],
  peers: readonly (readonly [number, ChannelPort | undefined])[],
): Engine {
  return {
    post(to, bytes) {
      ports[to]?.postMessage(bytes, [bytes.buffer]);
    },
    close() {
      for (const [, port] of peers) {
        port?.postMessage(CLOSED, []);
        port?.close();
      }
    },
  };
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

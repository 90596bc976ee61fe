import { createEngineTransport, type EngineListener, type Transport } from "@dqrm/comm";
import { DqrmError } from "@dqrm/core";
import {
  EVENT_KINDS,
  type Addon,
  type AddonListener,
  type GroupHandle,
  type GroupOptions,
} from "../addon.ts";
import { MAX_MESSAGE_BYTES } from "../limits.ts";

/** Says which end of which group is created, where it listens, and by which addon. */
export interface EndOptions extends GroupOptions {
  readonly addon: Addon;
}

/** Holds an end that listens, and may not be connected yet. */
export interface End {
  readonly transport: Transport;
  /** What each other rank needs in order to connect to this end. */
  readonly addresses: readonly Uint8Array[];
  /** Connects to every other end. @throws PEER that names the first that could not be reached; STATE when the end is closed */
  connect(addresses: readonly Uint8Array[]): Promise<void>;
}

/** Creates an end that listens at an address of this machine. @throws VALUE when the machine has no such address or interface */
export function createEnd(options: EndOptions): End {
  const { addon, rank, size } = options;
  const state: EndState = {
    gone: new Set(),
    connected: () => undefined,
    failed: () => undefined,
    closed: [],
  };
  let group: GroupHandle = {};
  const transport = createEngineTransport({
    name: "gloo",
    rank,
    size,
    open(listener) {
      group = createGroup(options, (kind, peer, payload) => {
        hear(
          {
            ...options,
            listener,
            state,
            keepAlive: (alive) => addon.keepAlive(group, alive),
            take: (bytes) => addon.take(group, bytes),
          },
          { kind, peer, payload },
        );
      });
      return {
        copies: true,
        post: (to, bytes) => {
          if (!addon.post(group, to, bytes)) throw refusedMessage(bytes);
        },
        close: () =>
          new Promise<void>((resolve) => {
            state.closed.push(resolve);
            addon.keepAlive(group, true);
            addon.close(group);
          }),
      };
    },
  });
  const addresses = addon.addresses(group);
  if (addresses === false) throw new DqrmError("STATE", { op: "open", expected: "a group", actual: "none" });
  const connect = (others: readonly Uint8Array[]): Promise<void> =>
    new Promise((resolve, reject) => {
      state.connected = resolve;
      state.failed = reject;
      if (!addon.connect(group, others)) reject(closedError());
    });
  return { transport, addresses, connect };
}

interface EndState {
  readonly gone: Set<number>;
  connected: () => void;
  failed: (error: Error) => void;
  readonly closed: (() => void)[];
}

interface Hearing {
  readonly size: number;
  readonly timeoutMs: number;
  readonly listener: EngineListener;
  readonly state: EndState;
  readonly keepAlive: (alive: boolean) => void;
  readonly take: (bytes: Uint8Array) => boolean;
}

interface AddonEvent {
  readonly kind: number;
  readonly peer: number;
  readonly payload: number | string;
}

function hear(hearing: Hearing, { kind, payload, peer }: AddonEvent): void {
  const { keepAlive, state, timeoutMs } = hearing;
  const what = EVENT_KINDS[kind];
  if (what === "arrived") takeMessage(hearing, peer, Number(payload));
  else if (what === "connected") state.connected();
  else if (what === "failed") state.failed(unreached(peer, timeoutMs, String(payload)));
  else if (what === "gone") loseRank(hearing, peer);
  else if (what === "closed") {
    keepAlive(false);
    state.failed(closedError());
    for (const done of state.closed) done();
  }
}

/** A rank whose message does not fit into memory is lost: what it sent would be missing from here on. */
function takeMessage(hearing: Hearing, peer: number, length: number): void {
  const bytes = hearing.listener.memory(length);
  if (bytes !== undefined && hearing.take(bytes)) hearing.listener.arrived(peer, bytes);
  else loseRank(hearing, peer);
}

function loseRank({ keepAlive, listener, size, state }: Hearing, peer: number): void {
  listener.gone(peer);
  state.gone.add(peer);
  // Nothing can come any more, so this end keeps no process alive.
  if (state.gone.size >= size - 1 && state.closed.length === 0) keepAlive(false);
}

function createGroup({ addon, ...options }: EndOptions, listener: AddonListener): GroupHandle {
  const { host, networkInterface } = options;
  const group = addon.create(options, listener);
  if (typeof group !== "string") return group;
  const where = networkInterface === "" ? host : networkInterface;
  const expected = `an address of this machine (${withoutSource(group)})`;
  throw new DqrmError("VALUE", { op: "open", what: "the own address", expected, actual: where });
}

function unreached(peer: number, timeoutMs: number, text: string): DqrmError<"PEER"> {
  const expected = `a connection within ${timeoutMs} ms`;
  return new DqrmError("PEER", { peer, step: null, op: "open", expected, actual: withoutSource(text) });
}

/** Gloo's messages begin with the file and line that made them. */
function withoutSource(text: string): string {
  return text.replace(/^\[[^\]]*\.(?:cc|h):\d+\]\s*/, "").split("\n")[0];
}

function closedError(): DqrmError<"STATE"> {
  return new DqrmError("STATE", { op: "open", expected: "an open transport", actual: "it is closed" });
}

function refusedMessage(bytes: Uint8Array): DqrmError {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    const [limit, maximum] = ["MAX_MESSAGE_BYTES", MAX_MESSAGE_BYTES] as const;
    return new DqrmError("LIMIT", { what: "a message's length", limit, maximum, actual: bytes.length });
  }
  return new DqrmError("STATE", { op: "send", expected: "an open group", actual: "the message is refused" });
}

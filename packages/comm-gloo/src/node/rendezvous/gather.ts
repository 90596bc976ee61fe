import type { Socket } from "node:net";
import type { DqrmError } from "@dqrm/core";
import { peerError } from "./ending.ts";
import { decodeAddresses, encodeAddresses, encodeFrame, PROTOCOL_VERSION, type Frame } from "./frame.ts";
import { listen } from "./listen.ts";
import { ownHost, type Meeting } from "./meet.ts";
import { readFrame } from "./read-frame.ts";

/** A rank says who it is at once; who does not is no rank. */
export const HELLO_MS = 5_000;

/** More clients that have not said who they are at one time are turned away; ranks come again. */
export const MAX_STRANGERS = 256;

interface Seat {
  readonly socket: Socket;
  readonly addresses: readonly Uint8Array[];
}

interface Hall {
  readonly meeting: Meeting;
  readonly seats: Map<number, Seat>;
  readonly strangers: Set<Socket>;
  /** Called when every seat is taken, or the group cannot be. */
  readonly finish: (error?: DqrmError) => void;
}

/** Waits at rank 0 for all others, and tells each what it needs; strangers change nothing. */
export async function gather(meeting: Meeting): Promise<readonly Uint8Array[]> {
  const { ending } = meeting;
  let finish: Hall["finish"] = () => undefined;
  const whole = new Promise<void>((resolve, reject) => {
    finish = (error) => {
      if (error === undefined) resolve();
      else reject(error);
    };
  });
  whole.catch(() => undefined);
  const hall: Hall = { meeting, seats: new Map(), strangers: new Set(), finish };
  const server = await listen(meeting, (socket) => void receive(hall, socket));
  const onEnd = (): void => {
    finish(absence(hall));
  };
  ending.signal.addEventListener("abort", onEnd);
  if (ending.signal.aborted) onEnd();
  try {
    await whole;
    return await welcomeAll(hall);
  } catch (error) {
    refuseAll(hall, error);
    throw error;
  } finally {
    ending.signal.removeEventListener("abort", onEnd);
    for (const socket of hall.strangers) socket.destroy();
    server.close();
  }
}

async function receive(hall: Hall, socket: Socket): Promise<void> {
  const { strangers } = hall;
  // A connection that breaks also closes.
  socket.on("error", () => undefined);
  if (strangers.size >= MAX_STRANGERS) {
    socket.destroy();
    return;
  }
  strangers.add(socket);
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, HELLO_MS);
  try {
    seat(hall, socket, await readFrame(socket, late.signal));
  } catch {
    socket.destroy();
  } finally {
    clearTimeout(timer);
    strangers.delete(socket);
  }
}

function seat({ finish, meeting, seats }: Hall, socket: Socket, frame: Frame): void {
  const { kind, rank, size, version } = frame;
  if (kind !== "hello" || rank >= size) {
    socket.destroy();
    return;
  }
  const fault = faultOf(frame, meeting.size);
  if (fault !== undefined) {
    refuse(meeting, socket, { rank, reason: fault.actual });
    finish(peerError({ peer: rank, ...fault }));
    return;
  }
  if (version === PROTOCOL_VERSION && (rank === 0 || seats.has(rank))) {
    refuse(meeting, socket, { rank, reason: "two processes say that they are this rank" });
    return;
  }
  seats.set(rank, { socket, addresses: decodeAddresses(frame.body, size) });
  // A process that ended, and is started again, may come again.
  socket.once("close", () => {
    if (seats.get(rank)?.socket === socket) seats.delete(rank);
  });
  socket.resume();
  if (seats.size === meeting.size - 1) finish();
}

function faultOf(
  { size, version }: Frame,
  expectedSize: number,
): { actual: string; expected: string } | undefined {
  if (version !== PROTOCOL_VERSION) {
    const expected = `version ${PROTOCOL_VERSION} of the rendezvous`;
    return { actual: `version ${version} of the rendezvous`, expected };
  }
  if (size === expectedSize) return undefined;
  return { actual: `it is of a group of ${size}`, expected: `of a group of ${expectedSize}` };
}

async function welcomeAll({ meeting, seats }: Hall): Promise<readonly Uint8Array[]> {
  const [first] = seats.values();
  const own = meeting.offer(ownHost(first.socket.localAddress, meeting.address.host));
  const offers = [own, ...[...seats].sort(([a], [b]) => a - b).map(([, { addresses }]) => addresses)];
  const sent = [...seats].map(([rank, { socket }]) => {
    const body = encodeAddresses(offers.map((addresses) => addresses[rank]));
    return send(socket, { ...frameOf(meeting), kind: "welcome", body });
  });
  await Promise.all(sent);
  return offers.map((addresses) => addresses[0]);
}

/** Settles when the frame has left, or can no more; a rank that is gone is found out when it is connected to. */
function send(socket: Socket, frame: Frame): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", resolve);
    socket.end(encodeFrame(frame), resolve);
  });
}

function refuseAll({ meeting, seats }: Hall, error: unknown): void {
  const reason =
    error instanceof Error && "details" in error ? factsOf(error) : { rank: 0, reason: "it ended" };
  for (const { socket } of seats.values()) refuse(meeting, socket, reason);
}

function factsOf(error: Error & { readonly details: unknown }): { rank: number; reason: string } {
  const { details } = error;
  const isPeer = typeof details === "object" && details !== null && "peer" in details && "actual" in details;
  return isPeer
    ? { rank: Number(details.peer), reason: String(details.actual) }
    : { rank: 0, reason: error.message };
}

function refuse(
  meeting: Meeting,
  socket: Socket,
  { rank, reason }: { readonly rank: number; readonly reason: string },
): void {
  const body = new TextEncoder().encode(reason);
  void send(socket, { ...frameOf(meeting), rank, kind: "refusal", body });
}

function frameOf({ size }: Meeting): Pick<Frame, "rank" | "size" | "version"> {
  return { version: PROTOCOL_VERSION, rank: 0, size };
}

function absence({ meeting: { address, ending, size }, seats }: Hall): DqrmError {
  const missing = Array.from({ length: size - 1 }, (_, i) => i + 1).filter((rank) => !seats.has(rank));
  const others = missing.length > 1 ? `, nor did ${missing.length - 1} others` : "";
  const expected = `to come to ${address.host}:${address.port} within ${ending.timeoutMs} ms`;
  return ending.error({ peer: missing[0] ?? 0, expected, actual: `it did not come${others}` });
}

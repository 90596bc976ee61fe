import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { isDqrmError } from "@dqrm/core";
import { peerError, type Ending } from "./ending.ts";
import {
  decodeAddresses,
  encodeAddresses,
  encodeFrame,
  MAX_REASON_BYTES,
  PROTOCOL_VERSION,
  type Frame,
} from "./frame.ts";
import { ownHost, type Meeting } from "./meet.ts";
import { readFrame } from "./read-frame.ts";

/** Rank 0 may start later; a try costs it nothing. */
const RETRY_MS = 100;

/** What the reason of a rank 0 that started at the same time takes to come. */
const REASON_MS = 500;

/** Asks rank 0 for the addresses of all others, again and again until it answers. */
export async function ask(meeting: Meeting): Promise<readonly Uint8Array[]> {
  const { address, ending } = meeting;
  let last = "no answer";
  while (!ending.signal.aborted) {
    try {
      return judge(await askOnce(meeting), meeting);
    } catch (error) {
      if (isDqrmError(error, "PEER") || isDqrmError(error, "VALUE")) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
    await wait(RETRY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
  }
  const expected = `to answer at ${address.host}:${address.port} within ${ending.timeoutMs} ms`;
  throw ending.error({ peer: 0, expected, actual: last });
}

async function askOnce({ address, ending, offer, rank, size }: Meeting): Promise<Frame> {
  const socket = await open(address, ending.signal);
  try {
    const body = encodeAddresses(offer(ownHost(socket.localAddress, address.host)));
    socket.write(encodeFrame({ version: PROTOCOL_VERSION, rank, size, kind: "hello", body }));
    return await answerOf(socket, ending);
  } finally {
    socket.destroy();
  }
}

/** Waits for rank 0 a little longer than the time: when its own is over, it says which rank did not come. */
async function answerOf(socket: Socket, ending: Ending): Promise<Frame> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onEnd = (): void => {
    const graceMs = ending.isGivenUp() ? 0 : REASON_MS;
    timer = setTimeout(() => {
      late.abort();
    }, graceMs);
  };
  ending.signal.addEventListener("abort", onEnd);
  if (ending.signal.aborted) onEnd();
  try {
    return await readFrame(socket, late.signal);
  } finally {
    clearTimeout(timer);
    ending.signal.removeEventListener("abort", onEnd);
  }
}

function open({ host, port }: Meeting["address"], signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const onAbort = (): void => {
      socket.destroy(new Error("no connection"));
    };
    signal.addEventListener("abort", onAbort);
    const settle = (): void => {
      signal.removeEventListener("abort", onAbort);
    };
    // Errors after the connection are followed by its end, which the reader hears of.
    socket.on("error", (error) => {
      settle();
      reject(error);
    });
    socket.on("connect", () => {
      settle();
      resolve(socket);
    });
    if (signal.aborted) onAbort();
  });
}

function judge(frame: Frame, { size }: Meeting): readonly Uint8Array[] {
  const { body, kind, rank, version } = frame;
  if (version !== PROTOCOL_VERSION) {
    const expected = `version ${PROTOCOL_VERSION} of the rendezvous`;
    throw peerError({ peer: rank, expected, actual: `version ${version}` });
  }
  if (kind === "refusal") {
    const reason = new TextDecoder().decode(body.subarray(0, MAX_REASON_BYTES));
    throw peerError({ peer: rank, expected: "a whole group", actual: printable(reason) });
  }
  if (frame.size !== size || kind !== "welcome") {
    throw peerError({ peer: rank, expected: `a group of ${size}`, actual: `a group of ${frame.size}` });
  }
  return decodeAddresses(body, size);
}

/** What came over the network ends in somebody's terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}

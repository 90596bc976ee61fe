import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Meeting } from "./meet.ts";

/** An earlier run at the same port may still be ending. */
const RETRY_MS = 100;

/** Listens at the address of the meeting, or on all of this machine's where the address is not its own; calls back for each client. */
export async function listen(
  { address: { host, port }, ending }: Meeting,
  onClient: (socket: Socket) => void,
): Promise<Server> {
  let last = "";
  while (!ending.signal.aborted) {
    for (const where of [host, undefined]) {
      const result = await listenAt(where, port, onClient);
      if (typeof result !== "string") return result;
      last = result;
      if (result === "EADDRINUSE") break;
    }
    await wait(RETRY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
  }
  const expected = `to listen at ${host}:${port} within ${ending.timeoutMs} ms`;
  throw ending.error({ peer: 0, expected, actual: last });
}

function listenAt(
  host: string | undefined,
  port: number,
  onClient: (socket: Socket) => void,
): Promise<Server | string> {
  return new Promise((resolve) => {
    const server = createServer({ noDelay: true }, onClient);
    server.once("error", (error) => {
      resolve("code" in error ? String(error.code) : error.message);
    });
    server.listen({ host, port }, () => {
      resolve(server);
    });
  });
}

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { CancelSignal, Transport } from "@dqrm/comm";
import type { OpenGroup } from "@dqrm/comm/conformance";
import { DqrmError, type ErrorCode, type ErrorDetails } from "@dqrm/core";
import { startJob, type MpiUnderTest } from "./mpi-under-test.ts";

/** Is what test/programs/proxy-rank.mjs answers. */
interface Answer {
  readonly id: number;
  readonly bytes?: Uint8Array;
  readonly failure?: {
    readonly code: ErrorCode;
    readonly details: ErrorDetails[ErrorCode];
    readonly text: string;
  };
  readonly rank: number;
  readonly size: number;
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** Opens groups whose ends are processes of MPI, driven from here over a socket each. */
export function openRemoteGroup(mpi: MpiUnderTest): OpenGroup {
  return async (size) => {
    const folder = mkdtempSync(join(tmpdir(), "dqrm-mpi-"));
    const path = join(folder, "socket");
    const ends: Transport[] = [];
    const server = createServer();
    server.listen(path);
    await once(server, "listening");
    const all = new Promise<void>((resolve) => {
      server.on("connection", (socket) => {
        connectEnd(socket, (end) => {
          ends[end.rank] = end;
          if (Object.keys(ends).length === size) resolve();
        });
      });
    });
    const job = startJob(mpi, { ranks: size, program: "proxy-rank", args: [path] });
    let said = "";
    job.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const early = once(job, "close").then(() => {
      server.close();
      rmSync(folder, { recursive: true });
      throw new Error(`the job ended: ${said}`);
    });
    early.catch(() => undefined);
    await Promise.race([all, early]);
    return ends;
  };
}

function connectEnd(socket: Socket, opened: (end: Transport) => void): void {
  const pending = new Map<number, Pending>();
  let waiting = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32LE(0)) {
      const end = 4 + waiting.readUInt32LE(0);
      const answer = deserialize(waiting.subarray(4, end)) as Answer;
      waiting = waiting.subarray(end);
      if (answer.id === undefined) opened(remoteEnd(socket, pending, answer));
      else settle(pending, answer);
    }
  });
  socket.on("close", () => {
    for (const { reject } of pending.values()) reject(new Error("the process of this end is gone"));
  });
}

function settle(pending: Map<number, Pending>, answer: Answer): void {
  const waiter = pending.get(answer.id);
  pending.delete(answer.id);
  const { failure } = answer;
  if (failure === undefined) waiter?.resolve(answer);
  else
    waiter?.reject(
      failure.code === undefined ? new Error(failure.text) : new DqrmError(failure.code, failure.details),
    );
}

interface Command {
  readonly op: "send" | "receive" | "close";
  readonly peer?: number;
  readonly bytes?: Uint8Array;
  readonly signal?: CancelSignal | undefined;
}

function remoteEnd(socket: Socket, pending: Map<number, Pending>, { rank, size }: Answer): Transport {
  let calls = 0;
  const write = (message: object): void => {
    const bytes = serialize(message);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(bytes.length);
    socket.write(Buffer.concat([head, bytes]));
  };
  const call = ({ signal, ...command }: Command): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const id = calls++;
      pending.set(id, { resolve, reject });
      write({ id, ...command, aborted: signal?.aborted === true });
      signal?.addEventListener("abort", () => {
        write({ id, op: "cancel" });
      });
    });
  return {
    name: "mpi",
    rank,
    size,
    send: async (peer, bytes, signal) => {
      await call({ op: "send", peer, bytes, signal });
    },
    receive: async (peer, signal) => (await call({ op: "receive", peer, signal })).bytes ?? new Uint8Array(0),
    close: async () => {
      await call({ op: "close" });
    },
  };
}

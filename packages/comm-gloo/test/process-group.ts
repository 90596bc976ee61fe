import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DqrmError, type ErrorCode, type ErrorDetails } from "@dqrm/core";
import type { CancelSignal, Transport } from "@dqrm/comm";
import { binary, freePort } from "./gloo-under-test.ts";

const program = fileURLToPath(new URL("programs/proxy.mjs", import.meta.url));

interface Answer {
  readonly id: number;
  readonly bytes?: Uint8Array;
  readonly error?: {
    readonly code?: ErrorCode;
    readonly details?: ErrorDetails[ErrorCode];
    readonly message: string;
  };
}

type Call = (request: object, signal?: CancelSignal) => Promise<Answer>;

/** Starts processes, each of which holds one end of one group after another. */
export function startProcesses(count: number): {
  open(size: number): Promise<readonly Transport[]>;
  end(): void;
} {
  const children = Array.from({ length: count }, () =>
    fork(program, { serialization: "advanced", execArgv: [] }),
  );
  const calls = children.map(caller);
  return {
    async open(size) {
      const port = await freePort();
      return Promise.all(calls.slice(0, size).map((call, rank) => openEnd(call, { rank, size, port })));
    },
    end() {
      for (const child of children) child.kill("SIGKILL");
    },
  };
}

function caller(child: ChildProcess): Call {
  const waiting = new Map<number, (answer: Answer) => void>();
  let next = 0;
  child.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return (request, signal) => {
    const id = next++;
    signal?.addEventListener("abort", () => child.send({ id, op: "cancel" }));
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      child.send({ ...request, id, aborted: signal?.aborted === true });
    });
  };
}

async function openEnd(
  call: Call,
  { port, rank, size }: { readonly rank: number; readonly size: number; readonly port: number },
): Promise<Transport> {
  await checked(call, { op: "open", rank, size, port, binary });
  return {
    name: "gloo",
    rank,
    size,
    send: async (to, bytes, signal) => {
      await checked(call, { op: "send", to, bytes }, signal);
    },
    receive: async (from, signal) =>
      (await checked(call, { op: "receive", from }, signal)).bytes ?? new Uint8Array(0),
    close: async () => {
      await checked(call, { op: "close" });
    },
  };
}

async function checked(call: Call, request: object, signal?: CancelSignal): Promise<Answer> {
  const answer = await call(request, signal);
  const { error } = answer;
  if (error === undefined) return answer;
  if (error.code === undefined || error.details === undefined) throw new Error(error.message);
  throw new DqrmError(error.code, error.details);
}

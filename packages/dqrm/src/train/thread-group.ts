import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { createPortTransport, type ChannelPort, type Transport } from "@dqrm/comm";
import { DqrmError, isDqrmError } from "@dqrm/core";
import type { Surroundings } from "../commands/surroundings.ts";
import { WorkerFailure } from "../terminal/report-error.ts";
import { checkShards } from "./check-shards.ts";
import type { TrainOptions } from "./train-options.ts";
import { watchPeers, type WorkerGroup } from "./worker-group.ts";

/** What a worker thread of `dqrm train` is started with. */
export interface TrainWorkerData {
  readonly rank: number;
  readonly ports: readonly (MessagePort | undefined)[];
  readonly options: TrainOptions;
  readonly cores: number;
}

/** What a worker thread of `dqrm train` tells. */
export type TrainWorkerMessage =
  { readonly kind: "ready" } | { readonly kind: "failure"; readonly code: string; readonly message: string };

/** Gets ready to start the other workers of a run on threads of this process. */
export function openThreadGroup(
  { workers }: TrainOptions,
  { machine, startTimer, trainWorkerUrl }: Pick<Surroundings, "machine" | "startTimer" | "trainWorkerUrl">,
): WorkerGroup {
  let threads: readonly Thread[] = [];
  let transport: Transport | undefined;
  return {
    rank: 0,
    async join(run, train) {
      checkShards(run);
      const [own, ...others] = connect(workers);
      const { options } = run;
      threads = others.map((ports, k) =>
        startThread(trainWorkerUrl, { rank: k + 1, ports, options, cores: machine.cores }),
      );
      transport = createPortTransport({ rank: 0, ports: own.map(channelPort) });
      await Promise.race([
        Promise.all(threads.map(({ ready }) => ready)),
        ...threads.map(({ failure }) => failure),
      ]);
      try {
        return await train(watchPeers(transport, run, startTimer));
      } catch (error) {
        // A peer that fails closes its end: its own reason says more than the end that this one saw.
        throw await reasonOf(error, threads);
      }
    },
    async close() {
      await transport?.close();
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

interface Thread {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  /** Never resolves; rejects when the thread fails. */
  readonly failure: Promise<never>;
}

/** Gives a port of Node the form that browsers have too. */
export function channelPort(port: MessagePort | undefined): ChannelPort | undefined {
  if (port === undefined) return undefined;
  return {
    postMessage(message, transfer) {
      port.postMessage(message, transfer);
    },
    addEventListener(type, listener) {
      if (type === "close")
        port.on("close", () => {
          listener({});
        });
      else
        port.on("message", (data: unknown) => {
          listener({ data });
        });
    },
    start() {
      port.start();
    },
    close() {
      port.close();
    },
  };
}

/** Connects each rank to each other one. */
function connect(size: number): (MessagePort | undefined)[][] {
  const ports = Array.from({ length: size }, () => new Array<MessagePort | undefined>(size).fill(undefined));
  for (let a = 0; a < size; a++) {
    for (let b = a + 1; b < size; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a][b] = port1;
      ports[b][a] = port2;
    }
  }
  return ports;
}

function startThread(url: URL, workerData: TrainWorkerData): Thread {
  const transferList = workerData.ports.filter((port) => port !== undefined);
  const worker = new Worker(url, { workerData, transferList, execArgv: [] });
  const failure = new Promise<never>((_, reject) => {
    worker.on("message", (message: TrainWorkerMessage) => {
      if (message.kind === "failure")
        reject(new WorkerFailure(message.code, `worker ${workerData.rank}: ${message.message}`));
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      if (code === 0) return;
      const [expected, actual] = ["to end with the others", `exit code ${code}`];
      reject(new DqrmError("STATE", { op: `worker ${workerData.rank}`, expected, actual }));
    });
  });
  // Who joins the group hears of it; until then nobody waits.
  failure.catch(() => undefined);
  const ready = new Promise<void>((resolve) => {
    worker.on("message", (message: TrainWorkerMessage) => {
      if (message.kind === "ready") resolve();
    });
  });
  return { worker, ready, failure };
}

/** A worker tells its reason within this time after its end was closed. */
const REASON_MS = 1000;

async function reasonOf(error: unknown, threads: readonly Thread[]): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<unknown>((resolve) => {
    timer = setTimeout(resolve, REASON_MS, error);
  });
  const reasons = threads.map(({ failure }) => failure.catch((reason: unknown) => reason));
  const reason =
    isDqrmError(error, "STATE") || isDqrmError(error, "PEER")
      ? await Promise.race([late, ...reasons])
      : error;
  clearTimeout(timer);
  return reason;
}

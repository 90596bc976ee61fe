import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { createPortTransport, type ChannelPort, type Transport } from "@dqrm/comm";
import { DqrmError, isDqrmError } from "@dqrm/core";
import type { Surroundings } from "../commands/surroundings.ts";
import { WorkerFailure } from "../terminal/report-error.ts";
import type { TrainRun } from "./run-training.ts";
import type { TrainOptions } from "./train-options.ts";

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

/** Holds the threads that train together with this one. */
export interface ThreadGroup {
  /** Trains as the first of the group, and ends the others; a failure of any of them is the group's. */
  join<T>(train: (transport: Transport | undefined) => Promise<T>): Promise<T>;
}

/** Starts the other workers of a run, and waits until each has its data; a run of one worker has none. */
export async function openThreadGroup(
  { config, options }: TrainRun,
  { machine, trainWorkerUrl }: Pick<Surroundings, "machine" | "trainWorkerUrl">,
): Promise<ThreadGroup> {
  const { workers } = options;
  checkShards(config.gradients.shards, workers);
  if (workers === 1) return { join: (train) => train(undefined) };
  const [own, ...others] = connect(workers);
  const threads = others.map((ports, k) =>
    startThread(trainWorkerUrl, { rank: k + 1, ports, options, cores: machine.cores }),
  );
  const transport = createPortTransport({ rank: 0, ports: own.map(channelPort) });
  try {
    await Promise.race([
      Promise.all(threads.map(({ ready }) => ready)),
      ...threads.map(({ failure }) => failure),
    ]);
  } catch (error) {
    await end(transport, threads);
    throw error;
  }
  return {
    async join(train) {
      try {
        return await train(transport);
      } catch (error) {
        // A peer that fails closes its end: its own reason says more than the end that this one saw.
        throw await reasonOf(error, threads);
      } finally {
        await end(transport, threads);
      }
    },
  };
}

function checkShards(shards: number, workers: number): void {
  if (shards % workers === 0) return;
  const expected = `a multiple of the ${workers} workers`;
  const place = { source: "training", path: "gradients.shards" };
  throw new DqrmError("CONFIG", { ...place, expected, actual: String(shards) });
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
  const reason = isDqrmError(error, "STATE") ? await Promise.race([late, ...reasons]) : error;
  clearTimeout(timer);
  return reason;
}

async function end(transport: Transport, threads: readonly Thread[]): Promise<void> {
  await transport.close();
  await Promise.all(threads.map(({ worker }) => worker.terminate()));
}

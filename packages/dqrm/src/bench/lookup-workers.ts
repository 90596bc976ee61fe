import { Worker } from "node:worker_threads";
import { DqrmError } from "@dqrm/core";
import { chooseKernels, type ImportModule } from "../pipeline/choose-kernels.ts";
import { WorkerFailure } from "../terminal/report-error.ts";
import type { LookupTiming } from "./lookup-timing.ts";
import { median, type Meters } from "./meters.ts";
import { CALL_ROWS, LOOKUP_RING, prepareLookup, type LookupTask } from "./prepare-lookup.ts";

/** Says what a worker thread looks up, and by which kernels. */
export interface WorkerLookup extends LookupTask {
  readonly kernels: string;
  readonly rounds: number;
  /** Counts, in shared memory, the workers that are ready, the rounds begun, and the workers that are done. */
  readonly gate: Int32Array;
}

/** What a worker tells once it has loaded its kernels. */
export type WorkerLookupMessage =
  | { readonly kind: "loaded"; readonly backend: string }
  | { readonly kind: "failure"; readonly code: string; readonly message: string };

/** Says how lookups of worker threads are timed. */
export interface LookupWorkers extends Omit<LookupTask, "seed"> {
  readonly kernels: string;
  readonly workers: number;
  readonly rounds: number;
  /** The built bin/lookup-worker.js. */
  readonly workerUrl: URL;
}

const READY = 0;
const ROUND = 1;
const DONE = 2;

/** No round takes so long; a worker that has ended would be waited for in vain. */
const TIMEOUT_MS = 60_000;

/** Runs in a worker thread: looks up when a round begins, and draws new indices after it. */
export async function serveLookups(
  { gate, kernels: list, rounds, ...task }: WorkerLookup,
  importModule: ImportModule,
  loaded: (backend: string) => void,
): Promise<void> {
  const { kernels } = await chooseKernels(list, importModule, { threads: 1 });
  const { backend, call, refill } = prepareLookup(task, kernels, kernels.createArena(4 * CALL_ROWS));
  loaded(backend);
  for (let round = 1; round <= rounds; round++) {
    refill(LOOKUP_RING);
    count(gate, READY);
    waitFor(gate, ROUND, round);
    for (let k = 0; k < LOOKUP_RING; k++) call(k);
    count(gate, DONE);
  }
}

/**
 * Times lookups by the op on several worker threads that share one table.
 *
 * @throws STATE when a worker's results differ from the reference's, or it ends too early
 * @cost blocks the calling thread while rounds run
 */
export async function timeLookupWorkers(
  { workerUrl, workers, ...lookup }: LookupWorkers,
  { now }: Pick<Meters, "now">,
): Promise<LookupTiming> {
  const gate = new Int32Array(new SharedArrayBuffer(12));
  const threads = Array.from({ length: workers }, (_, seed) => {
    const workerData: WorkerLookup = { ...lookup, seed, gate };
    return new Worker(workerUrl, { workerData, execArgv: [] });
  });
  try {
    const [backend] = await Promise.all(threads.map(backendOf));
    const rates: number[] = [];
    const rows = workers * LOOKUP_RING * lookup.pooling * Math.max(1, Math.floor(CALL_ROWS / lookup.pooling));
    for (let round = 1; round <= lookup.rounds; round++) {
      waitFor(gate, READY, workers * round);
      const start = now();
      count(gate, ROUND);
      waitFor(gate, DONE, workers * round);
      rates.push(rows / (1000 * (now() - start)));
    }
    const megarowsPerSecond = { median: median(rates), best: Math.max(...rates) };
    const { pooling } = lookup;
    const result = { pooling, megarowsPerSecond, stageMegarowsPerSecond: null };
    return { through: "workers", backend, threads: workers, ...result };
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

function backendOf(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.on("error", reject);
    worker.on("message", (message: WorkerLookupMessage) => {
      if (message.kind === "loaded") resolve(message.backend);
      else reject(new WorkerFailure(message.code, message.message));
    });
  });
}

function count(gate: Int32Array, counter: number): void {
  Atomics.add(gate, counter, 1);
  Atomics.notify(gate, counter);
}

function waitFor(gate: Int32Array, counter: number, least: number): void {
  for (;;) {
    const value = Atomics.load(gate, counter);
    if (value >= least) return;
    if (Atomics.wait(gate, counter, value, TIMEOUT_MS) === "timed-out") {
      const [expected, actual] = ["all worker threads", "one of them stopped"];
      throw new DqrmError("STATE", { op: "bench lookup", expected, actual });
    }
  }
}

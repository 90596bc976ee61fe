import { Worker } from "node:worker_threads";
import type { TrainingEvent } from "@dqrm/dlrm";
import { DqrmError } from "@dqrm/core";
import { WorkerFailure } from "../terminal/report-error.ts";
import type { RunResult, StudyTask } from "./study-result.ts";

/** What a worker thread tells about its task. */
export type WorkerMessage =
  | { readonly kind: "event"; readonly event: TrainingEvent }
  | { readonly kind: "result"; readonly result: RunResult }
  | { readonly kind: "failure"; readonly code: string; readonly message: string };

/** Says how the tasks of a study are run. */
export interface PoolOptions {
  /** The worker's program: the built bin/study-worker.js. */
  readonly workerUrl: URL;
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly onEvent: (task: StudyTask, event: TrainingEvent) => void;
  /** Takes each result as it comes; the next task of its thread waits for it. */
  readonly onResult: (task: StudyTask, result: RunResult) => Promise<void>;
}

/**
 * Runs every task on its own thread, at most `workers` at once; results stand in the order of the tasks.
 * The first failure stops the other threads and is thrown.
 */
export async function runTasks(
  tasks: readonly StudyTask[],
  options: PoolOptions,
): Promise<readonly RunResult[]> {
  const results = new Array<RunResult>(tasks.length);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < tasks.length && !signal.aborted) {
      const index = next++;
      results[index] = await runOnThread(tasks[index], options, signal);
      await options.onResult(tasks[index], results[index]);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(options.workers, tasks.length) }, lane));
  } catch (error) {
    stop.abort();
    throw error;
  }
  options.signal.throwIfAborted();
  return results;
}

function runOnThread(
  task: StudyTask,
  { onEvent, workerUrl }: PoolOptions,
  signal: AbortSignal,
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl, { workerData: task, execArgv: [] });
    const abort = (): void => {
      void worker.terminate();
    };
    signal.addEventListener("abort", abort, { once: true });
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "event") onEvent(task, message.event);
      else if (message.kind === "result") resolve(message.result);
      else reject(new WorkerFailure(message.code, message.message));
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) {
        reject(new DOMException(`${task.variant} was stopped`, "AbortError"));
        return;
      }
      const [expected, actual] = ["a result before it ends", `exit code ${code}`];
      reject(new DqrmError("STATE", { op: `worker of ${task.variant}`, expected, actual }));
    });
  });
}

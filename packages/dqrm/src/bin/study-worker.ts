import { parentPort, workerData } from "node:worker_threads";
import { runTask } from "../study/run-task.ts";
import { readTask } from "../study/read-task.ts";
import type { WorkerMessage } from "../study/task-pool.ts";
import { errorCode } from "../terminal/report-error.ts";
import { importModule } from "./import-module.ts";
import { freePort } from "./start-process.ts";
import { startRank } from "./start-rank.ts";
import { startTimer } from "./start-timer.ts";

const send = (message: WorkerMessage): void => {
  parentPort?.postMessage(message);
};

try {
  const result = await runTask(readTask(workerData), {
    clock: () => performance.now(),
    importModule,
    processes: { place: undefined, startRank, freePort, startTimer },
    signal: new AbortController().signal,
    onEvent: (event) => {
      send({ kind: "event", event });
    },
  });
  send({ kind: "result", result });
} catch (error) {
  send({
    kind: "failure",
    code: errorCode(error),
    message: error instanceof Error ? error.message : String(error),
  });
}

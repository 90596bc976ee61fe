import { parentPort, workerData } from "node:worker_threads";
import { errorCode } from "../terminal/report-error.ts";
import type { TrainWorkerData, TrainWorkerMessage } from "../train/thread-group.ts";
import { trainAsWorker } from "../train/train-worker.ts";
import { importModule } from "./import-module.ts";
import { startTimer } from "./start-timer.ts";

const send = (message: TrainWorkerMessage): void => {
  parentPort?.postMessage(message);
};

try {
  // Only openThreadGroup of the same build starts this program.
  const data = workerData as TrainWorkerData;
  await trainAsWorker(data, {
    importModule,
    clock: () => performance.now(),
    startTimer,
    onReady: () => {
      send({ kind: "ready" });
    },
  });
} catch (error) {
  send({
    kind: "failure",
    code: errorCode(error),
    message: error instanceof Error ? error.message : String(error),
  });
}

import { Worker } from "node:worker_threads";
import { WORKER_BODY, type StartWorker } from "../runtime/threads.ts";

/** Starts a worker thread of Node.js. */
export const startWorker: StartWorker = (task) =>
  new Promise((resolve, reject) => {
    const source = `${WORKER_BODY}
const { parentPort, workerData } = require("node:worker_threads");
serveKernels(workerData, () => parentPort.postMessage("ready"));`;
    const worker = new Worker(source, { eval: true, workerData: task });
    worker.once("error", reject);
    worker.once("exit", () => {
      reject(new Error("the worker ended before it was ready"));
    });
    worker.once("message", () => {
      worker.unref();
      resolve({
        async terminate() {
          await worker.terminate();
        },
      });
    });
  });

import type { Worker } from "node:worker_threads";
import type { BridgeWorker } from "../worker.ts";

/** Takes a worker thread of Node.js, just started, for a bridge; it never keeps the process alive. */
export function connectThread(worker: Worker): BridgeWorker {
  const first = new Promise<unknown>((resolve, reject) => {
    worker.once("message", (message) => {
      worker.unref();
      resolve(message);
    });
    worker.once("error", reject);
    worker.once("exit", () => {
      reject(new Error("the worker ended before it was ready"));
    });
  });
  // Whoever awaits it is told; a worker that ends later, unawaited, is no failure of the process.
  first.catch(() => undefined);
  return {
    first,
    post(message, transfer) {
      worker.postMessage(message, [...transfer]);
    },
    async terminate() {
      await worker.terminate();
    },
  };
}

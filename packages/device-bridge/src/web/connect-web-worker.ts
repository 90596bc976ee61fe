import type { BridgeWorker } from "../worker.ts";

/** Takes a worker of a browser, just started, for a bridge. */
export function connectWebWorker(worker: Worker): BridgeWorker {
  const first = new Promise<unknown>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      resolve(data);
    };
    worker.onerror = ({ message }) => {
      reject(new Error(message || "the worker's module failed to load"));
    };
  });
  first.catch(() => undefined);
  return {
    first,
    post(message, transfer) {
      worker.postMessage(message, [...transfer]);
    },
    terminate() {
      worker.terminate();
      return Promise.resolve();
    },
  };
}

import { WORKER_BODY, type StartWorker } from "./threads.ts";

/** Starts a worker of a browser from a blob: the page's policy must allow `worker-src blob:`. */
export const startWorker: StartWorker = (task) =>
  new Promise((resolve, reject) => {
    const source = `${WORKER_BODY}\nonmessage = ({ data }) => serveKernels(data, () => postMessage("ready"));`;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url);
    worker.onmessage = () => {
      URL.revokeObjectURL(url);
      resolve({
        terminate() {
          worker.terminate();
          return Promise.resolve();
        },
      });
    };
    worker.onerror = (event) => {
      URL.revokeObjectURL(url);
      worker.terminate();
      reject(new Error(event.message));
    };
    worker.postMessage(task);
  });

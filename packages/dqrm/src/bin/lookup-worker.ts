import { parentPort, workerData } from "node:worker_threads";
import { serveLookups, type WorkerLookup, type WorkerLookupMessage } from "../bench/lookup-workers.ts";
import { errorCode } from "../terminal/report-error.ts";
import { importModule } from "./import-module.ts";

const send = (message: WorkerLookupMessage): void => {
  parentPort?.postMessage(message);
};

try {
  // Only timeLookupWorkers starts this program, and a WorkerLookup is what it sends.
  const task = workerData as WorkerLookup;
  await serveLookups(task, importModule, (backend) => {
    send({ kind: "loaded", backend });
  });
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  send({ kind: "failure", code: errorCode(error), message });
}

import { parentPort } from "node:worker_threads";
import type { BridgePort } from "../serve-bridge.ts";

/** Gives a worker thread its end of a bridge; the main thread has none, which is a TypeError. */
export function threadPort(): BridgePort {
  const port = parentPort;
  if (port === null) throw new TypeError("threadPort is for worker threads");
  return {
    post(message) {
      port.postMessage(message);
    },
    listen(receive) {
      port.on("message", receive);
    },
  };
}

import type { BridgePort } from "../serve-bridge.ts";

/** Gives a worker of a browser its end of a bridge. */
export function webPort(): BridgePort {
  return {
    post(message) {
      postMessage(message);
    },
    listen(receive) {
      addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        receive(data);
      });
    },
  };
}

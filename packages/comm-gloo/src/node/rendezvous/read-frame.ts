import type { Socket } from "node:net";
import { DqrmError } from "@dqrm/core";
import { decodeFrame, type Frame } from "./frame.ts";

/** Reads the one frame that the other side sends; what goes wrong, the end of the connection included, refuses the promise. */
export function readFrame(socket: Socket, signal: AbortSignal): Promise<Frame> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const finish = (): void => {
      socket.off("data", read).off("close", onClose).off("end", onClose);
      signal.removeEventListener("abort", onClose);
    };
    const onClose = (): void => {
      finish();
      reject(new DqrmError("STATE", { op: "open", expected: "a frame", actual: "the connection ended" }));
    };
    function read(chunk: Buffer): void {
      received = Buffer.concat([received, chunk]);
      try {
        const frame = decodeFrame(received);
        if (frame === undefined) return;
        finish();
        resolve(frame);
      } catch (error) {
        finish();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
    socket.on("data", read).on("close", onClose).on("end", onClose);
    signal.addEventListener("abort", onClose);
    if (signal.aborted) onClose();
  });
}

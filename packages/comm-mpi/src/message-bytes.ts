import { DqrmError } from "@dqrm/core";
import { MAX_MESSAGE_BYTES } from "./mpi.ts";

/** Checks what is to be sent: bytes, not more than MPI counts, whose memory was not moved away. @throws VALUE, LIMIT */
export function checkMessageBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) refuseBytes(typeof bytes);
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new DqrmError("LIMIT", {
      what: "the length of a message",
      limit: "MAX_MESSAGE_BYTES",
      maximum: MAX_MESSAGE_BYTES,
      actual: bytes.length,
    });
  }
  if (bytes.length === 0 && isDetached(bytes.buffer)) refuseBytes("an array whose memory was moved away");
}

function refuseBytes(actual: string): never {
  throw new DqrmError("VALUE", { op: "send", what: "bytes", expected: "a Uint8Array", actual });
}

/** A view of a buffer that was transferred cannot be made; Node 20 has no property that says so. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer).length < 0;
  } catch {
    return true;
  }
}

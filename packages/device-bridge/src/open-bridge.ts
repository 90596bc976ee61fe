import type { Bridge, BridgeMethods } from "./bridge.ts";
import type { BridgeArray } from "./bridge-array.ts";
import { readOpened, type CallMessage, type OpenMessage } from "./call-message.ts";
import { readFailure, type BridgeFailure } from "./failure.ts";
import { packRequest } from "./pack-request.ts";
import { headerOf, readFailureText, readReply, REPLY, replyBytes } from "./reply-buffer.ts";
import type { BridgeWorker } from "./worker.ts";

/** Fixes a bridge. */
export interface BridgeOptions {
  /** Is given to the worker's opener; anything that can be cloned. */
  readonly task: unknown;
  /** Longest wait for one answer: a worker that died says nothing. */
  readonly timeoutMs: number;
  /** Makes the error that a call throws. */
  fail(failure: BridgeFailure): Error;
}

/** Says why there is no bridge. */
export interface NoBridge {
  readonly unavailable: string;
}

/** Reply buffers grow by doubling, and start with room for small arrays. */
const FIRST_BUFFER_BYTES = 1 << 16;

/**
 * Opens a bridge to a worker, or says why there cannot be one: this thread may not block, or the worker declined.
 *
 * @cost starts nothing: the worker runs already
 */
export async function openBridge<M extends BridgeMethods<M>>(
  worker: BridgeWorker,
  options: BridgeOptions,
): Promise<Bridge<M> | NoBridge> {
  const obstacle = findObstacle();
  if (obstacle !== undefined) return refuse(worker, obstacle);
  worker.post({ task: options.task } satisfies OpenMessage, []);
  const opened = await worker.first.then(readOpened, (error: unknown) => ({ unavailable: String(error) }));
  return opened === "ready" ? createBridge(worker, options) : refuse(worker, opened.unavailable);
}

async function refuse(worker: BridgeWorker, unavailable: string): Promise<NoBridge> {
  await worker.terminate();
  return { unavailable };
}

function findObstacle(): string | undefined {
  if (typeof SharedArrayBuffer === "undefined")
    return "this host shares no memory: a page has to be cross-origin isolated";
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return undefined;
  } catch {
    return "this thread may not block: a page calls from a worker";
  }
}

/**
 * Waits for an answer; false when none comes in time, which begins anew with each waking.
 *
 * A worker first writes that it has answered and then wakes whoever sleeps. If something holds it up in between, the caller has
 * seen the answer, asked again and sleeps once more: it is woken by the call before.
 */
function isAnswered(header: Int32Array, timeoutMs: number): boolean {
  while (Atomics.load(header, 0) === REPLY.pending) {
    if (Atomics.wait(header, 0, REPLY.pending, timeoutMs) === "timed-out") return false;
  }
  return true;
}

function createBridge<M extends BridgeMethods<M>>(
  worker: BridgeWorker,
  { fail, timeoutMs }: BridgeOptions,
): Bridge<M> {
  let buffer = new SharedArrayBuffer(FIRST_BUFFER_BYTES);
  let ended: string | undefined;

  function ask(method: string, request: unknown, into: readonly BridgeArray[]): void {
    const needed = replyBytes(into);
    if (needed > buffer.byteLength) {
      buffer = new SharedArrayBuffer(Math.max(needed, 2 * buffer.byteLength));
    }
    Atomics.store(headerOf(buffer), 0, REPLY.pending);
    const transfer: ArrayBuffer[] = [];
    const lengths = into.map(({ byteLength }) => byteLength);
    const message: CallMessage = { method, request: packRequest(request, transfer), reply: buffer, lengths };
    worker.post(message, transfer);
  }

  return {
    call(method, request, into) {
      if (ended !== undefined) throw fail({ name: "Error", message: `${method}: ${ended}` });
      ask(method, request, into);
      if (!isAnswered(headerOf(buffer), timeoutMs)) {
        // A late answer would land in the memory of a later call.
        ended = `the worker did not answer within ${timeoutMs} ms`;
        throw fail({ name: "Error", message: `${method}: ${ended}` });
      }
      if (Atomics.load(headerOf(buffer), 0) === REPLY.failed)
        throw fail(readFailure(readFailureText(buffer)));
      return readReply(buffer, into);
    },
    async close() {
      ended ??= "the bridge is closed";
      await worker.terminate();
    },
  };
}

import type { BridgeMethods, BridgeReply } from "./bridge.ts";
import type { CallMessage, OpenedMessage, OpenMessage } from "./call-message.ts";
import { describeFailure } from "./failure.ts";
import type { NoBridge } from "./open-bridge.ts";
import { headerOf, REPLY, writeFailureText, writeReply } from "./reply-buffer.ts";

/** Is the worker's end of the channel to its host. */
export interface BridgePort {
  post(message: unknown): void;
  /** Calls back with every message of the host. */
  listen(receive: (message: unknown) => void): void;
}

/** Opens what a worker owns for a task and gives its methods, or says why it cannot. */
export type BridgeOpener<M extends BridgeMethods<M>> = (
  task: unknown,
) => Promise<{ readonly methods: M } | NoBridge>;

type Method = (request: unknown) => Promise<BridgeReply>;

/**
 * Serves a bridge: opens with the first message, then answers each call in turn, with failures too.
 *
 * A worker's module ends with this call; the host's bridge is typed with the same methods.
 */
export function serveBridge<M extends BridgeMethods<M>>(port: BridgePort, open: BridgeOpener<M>): void {
  let methods: ReadonlyMap<string, Method> | undefined;
  // One call after the other: a device is one thing, and a call may need what the one before it left.
  let last: Promise<void> = Promise.resolve();

  async function openFirst({ task }: OpenMessage): Promise<void> {
    try {
      const opened = await open(task);
      if ("methods" in opened) {
        const table: unknown = opened.methods;
        // A table of methods by M's constraint; both ends name the same M, so that a call's request is its method's.
        methods = new Map(Object.entries(table as Record<string, Method>));
        port.post("ready" satisfies OpenedMessage);
      } else port.post({ unavailable: opened.unavailable } satisfies OpenedMessage);
    } catch (error) {
      port.post({ unavailable: describeFailure(error).message } satisfies OpenedMessage);
    }
  }

  port.listen((message) => {
    last = last.then(() =>
      // What comes was posted by openBridge of the same package: first the task, then calls.
      methods === undefined ? openFirst(message as OpenMessage) : answer(methods, message as CallMessage),
    );
  });
}

async function answer(
  methods: ReadonlyMap<string, Method>,
  { lengths, method, reply, request }: CallMessage,
): Promise<void> {
  let state: number = REPLY.done;
  try {
    const called = methods.get(method);
    if (called === undefined) throw new TypeError(`the worker has no method ${method}`);
    writeReply(reply, await called(request), lengths);
  } catch (error) {
    writeFailureText(reply, JSON.stringify(describeFailure(error)));
    state = REPLY.failed;
  }
  const header = headerOf(reply);
  Atomics.store(header, 0, state);
  Atomics.notify(header, 0);
}

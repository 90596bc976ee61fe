/** Asks a worker for one answer. */
export interface CallMessage {
  readonly method: string;
  readonly request: unknown;
  readonly reply: SharedArrayBuffer;
  /** Bytes of each array that the caller has room for. */
  readonly lengths: readonly number[];
}

/** Opens a worker: its first message. */
export interface OpenMessage {
  readonly task: unknown;
}

/** Is the worker's answer to being opened. */
export type OpenedMessage = "ready" | { readonly unavailable: string };

/** Reads a worker's first message; whatever else it says is a reason not to go on. */
export function readOpened(message: unknown): OpenedMessage {
  if (message === "ready") return "ready";
  if (typeof message === "object" && message !== null && "unavailable" in message)
    return { unavailable: String(message.unavailable) };
  return { unavailable: "the worker is no end of a bridge" };
}

/** Is the host's end of a started worker, in Node.js or in a browser. */
export interface BridgeWorker {
  /** Sends a message, and moves the buffers of `transfer` instead of copying them. */
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  /** Gives the worker's first message, or says why there is none. */
  readonly first: Promise<unknown>;
  terminate(): Promise<void>;
}

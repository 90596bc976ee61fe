/** As in native/module.cc: an addon that was built for another version of this package is refused. */
export const INTERFACE_NUMBER = 2;

/** Lists what the addon tells, by number. */
export const EVENT = { opened: 0, arrived: 1, closed: 2, failed: 3 } as const;

/**
 * Is called by the addon: `opened` with this process's own rank and the size, `arrived` with the length of a peer's message, which `take`
 * gives, `closed` when a peer sends nothing more, `failed` with a reason, and −1 where it concerns no single peer.
 */
export type AddonListener = (event: number, peer: number, payload: unknown) => void;

/** Is what native/module.cc exports: MPI, which a process has once. */
export interface Addon {
  readonly interfaceNumber: number;
  /** Which MPI it was built against, as "Open MPI 4.1.4". */
  readonly library: string;
  open(listener: AddonListener): void;
  /** Copies the bytes, and sends them to another rank. */
  post(to: number, bytes: Uint8Array): void;
  /** Copies the message that has arrived into bytes of its length, while the listener is told of it. */
  take(bytes: Uint8Array): void;
  close(): void;
  /** Ends the addon's thread: when all ranks have closed, if this one has and `orderly`, or else at once. */
  leave(orderly: boolean): void;
  abort(exitCode: number): void;
}

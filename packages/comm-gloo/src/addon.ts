/** Raised with the addon's: one of another number is refused. */
export const INTERFACE_NUMBER = 3;

/** What an event of the addon means, by its number. */
export const EVENT_KINDS = ["arrived", "gone", "connected", "failed", "closed"] as const;

/** Is called by the addon: with the length of what arrived, which `take` gives, or text that says what happened. */
export type AddonListener = (kind: number, peer: number, payload: number | string) => void;

/** Stands for an end of a group inside the addon. */
export type GroupHandle = object;

/** Says which end of which group is created, and where it listens. */
export interface GroupOptions {
  readonly rank: number;
  readonly size: number;
  readonly host: string;
  /** Used instead of the host where it is not empty. */
  readonly networkInterface: string;
  readonly timeoutMs: number;
}

/** Lists the functions of the addon; none of them throws. */
export interface Addon {
  readonly interfaceNumber: number;
  /** Gives text that says why not, where this machine has no such address. */
  create(options: GroupOptions, listener: AddonListener): GroupHandle | string;
  /** What each rank needs in order to connect to this end; false for what is no handle. */
  addresses(group: GroupHandle): readonly Uint8Array[] | false;
  connect(group: GroupHandle, addresses: readonly Uint8Array[]): boolean;
  post(group: GroupHandle, peer: number, bytes: Uint8Array): boolean;
  /** Copies what arrived into bytes of its length; false but while the listener is told of it. */
  take(group: GroupHandle, bytes: Uint8Array): boolean;
  /** Says whether the process goes on for as long as the group is open. */
  keepAlive(group: GroupHandle, alive: boolean): boolean;
  close(group: GroupHandle): boolean;
}

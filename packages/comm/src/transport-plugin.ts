import type { Unavailable } from "@dqrm/core";
import type { CancelSignal } from "./abort.ts";
import type { Transport } from "./transport.ts";

/** Says which end of a group this process is, and where the ends meet. */
export interface GroupPlace {
  /** This process's number, 0 to size − 1. */
  readonly rank: number;
  readonly size: number;
  /** This process's number among those of its machine; undefined where the launcher does not say. */
  readonly localRank: number | undefined;
  /** How many processes share its machine; absent where the launcher does not say. */
  readonly localSize?: number;
  /** Where rank 0 listens while the group is formed; undefined where the launcher does not say. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
  /** Who said so, as "torchrun" or "Slurm". */
  readonly launcher: string;
}

/** Says how to open an end of a group of processes. */
export interface OpenTransportOptions {
  readonly place: GroupPlace;
  /** A peer that cannot be reached within this time is lost. */
  readonly timeoutMs: number;
  readonly signal?: CancelSignal;
}

/** Opens ends of groups of processes over an engine; a value that is passed in, cheap to import. */
export interface TransportPlugin {
  readonly name: string;
  /**
   * Connects this process to all others, or says why this machine cannot and what to install.
   *
   * @throws PEER when another rank does not come within the time, or is not of this group; VALUE when the place is none; STATE when
   *         the signal fires
   */
  open(options: OpenTransportOptions): Promise<Transport | Unavailable>;
}

import type { GroupPlace } from "@dqrm/comm";
import { ask } from "./ask.ts";
import type { Ending } from "./ending.ts";
import { gather } from "./gather.ts";

/** Says who meets whom, and where. */
export interface Meeting {
  readonly rank: number;
  readonly size: number;
  readonly address: NonNullable<GroupPlace["address"]>;
  readonly ending: Ending;
  /** Begins to listen for the other ranks at an address of this machine, and gives what each of them needs. */
  readonly offer: (host: string) => readonly Uint8Array[];
}

/**
 * Meets all ranks at rank 0, and gives what this one needs in order to connect to each.
 *
 * @throws PEER when a rank does not come in time, or is of another size or version; STATE when the caller gives up
 */
export function meet(meeting: Meeting): Promise<readonly Uint8Array[]> {
  return meeting.rank === 0 ? gather(meeting) : ask(meeting);
}

/** Gives the address of this end of a connection as gloo takes it: IPv4 addresses have another form on sockets for both. */
export function ownHost(localAddress: string | undefined, fallback: string): string {
  return localAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? fallback;
}

import type { Transport } from "../transport.ts";

/** Opens a fresh group of connected ends, all in the calling process, in rank order. */
export type OpenGroup = (size: number) => Promise<readonly Transport[]>;

/** Checks something of a fresh group. */
export type GroupBody = (group: readonly Transport[]) => void | Promise<void>;

/** Runs a body over a fresh group and closes it, whatever happens. */
export async function withGroup(open: OpenGroup, size: number, body: GroupBody): Promise<void> {
  const group = await open(size);
  try {
    await body(group);
  } finally {
    await Promise.all(group.map((transport) => transport.close()));
  }
}

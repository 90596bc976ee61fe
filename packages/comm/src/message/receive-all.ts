import type { CancelSignal } from "../abort.ts";
import { otherRanks, type Transport } from "../transport.ts";

/** Says what is received, and how. */
export interface Receiving {
  readonly transport: Transport;
  /** Shards of a worker. */
  readonly count: number;
  /** Messages of a shard. */
  readonly parts: number;
  readonly signal: CancelSignal | undefined;
}

/**
 * Receives the messages of the shards of every other rank, takes each as it comes, and gives the bytes of all. Nothing of a message may
 * be read after it was taken.
 */
export async function receiveAll(
  { count, parts, signal, transport }: Receiving,
  take: (part: number, shard: number, bytes: Uint8Array) => void,
): Promise<number> {
  const sizes = otherRanks(transport).flatMap((rank) =>
    Array.from({ length: count * parts }, async (_, i) => {
      const bytes = await transport.receive(rank, signal);
      take(i % parts, rank * count + Math.floor(i / parts), bytes);
      const { length } = bytes;
      transport.recycle?.(bytes);
      return length;
    }),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

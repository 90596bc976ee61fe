import { DqrmError } from "@dqrm/core";
import type { Transport } from "../transport.ts";
import { createEngineTransport, type EngineListener } from "./engine.ts";

/** A group larger than this in one process is a mistake; the paper's largest has 8 ranks. */
export const MAX_MEMORY_RANKS = 1024;

/**
 * Creates the ends of a group inside one process: for tests, and for several logical workers in one thread.
 *
 * @throws VALUE when size is not an integer from 1 to MAX_MEMORY_RANKS
 * @cost every message is copied once; messages nobody receives are kept until the end closes
 *
 * ```ts doctest
 * import { createMemoryTransports } from "@dqrm/comm";
 * const [first, second] = createMemoryTransports(2);
 * await first.send(1, Uint8Array.of(7, 8));
 * [...(await second.receive(0))]; // => [7, 8]
 * ```
 */
export function createMemoryTransports(size: number): readonly Transport[] {
  if (!Number.isInteger(size) || size < 1 || size > MAX_MEMORY_RANKS) {
    throw new DqrmError("VALUE", {
      op: "createMemoryTransports",
      what: "size",
      expected: `an integer from 1 to ${MAX_MEMORY_RANKS}`,
      actual: String(size),
    });
  }
  const listeners: EngineListener[] = [];
  return Array.from({ length: size }, (_, rank) =>
    createEngineTransport({
      name: "memory",
      rank,
      size,
      open(listener) {
        listeners[rank] = listener;
        return {
          post(to, bytes) {
            listeners[to].arrived(rank, bytes);
          },
          close() {
            for (const peer of listeners) if (peer !== listener) peer.gone(rank);
          },
        };
      },
    }),
  );
}

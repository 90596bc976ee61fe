import type { CancelSignal } from "./abort.ts";
import type { SummableCodec } from "./codec.ts";
import { otherRanks, type Transport } from "./transport.ts";

/** The barrier carries no data: everybody's message is its arrival. */
const ARRIVAL = new Uint8Array(0);

/**
 * Brings every rank's bytes to every rank, in rank order; lengths may differ.
 *
 * @cost (size − 1) × bytes sent by each rank
 *
 * ```ts doctest
 * import { allGather, createMemoryTransports } from "@dqrm/comm";
 * const all = await Promise.all(
 *   createMemoryTransports(3).map((transport) => allGather(transport, Uint8Array.of(transport.rank))),
 * );
 * all[2].map((bytes) => bytes[0]); // => [0, 1, 2]
 * ```
 */
export async function allGather(
  transport: Transport,
  bytes: Uint8Array,
  signal?: CancelSignal,
): Promise<readonly Uint8Array[]> {
  const ranks = Array.from({ length: transport.size }, (_, rank) => rank);
  const sent = Promise.all(otherRanks(transport).map((peer) => transport.send(peer, bytes, signal)));
  const received = Promise.all(
    ranks.map((rank) =>
      rank === transport.rank ? Promise.resolve(bytes.slice()) : transport.receive(rank, signal),
    ),
  );
  const [, all] = await Promise.all([sent, received]);
  return all;
}

/**
 * Waits until every rank has called it.
 *
 * ```ts doctest
 * import { barrier, createMemoryTransports } from "@dqrm/comm";
 * const order: string[] = [];
 * const [slow, fast] = createMemoryTransports(2);
 * const waiting = barrier(fast).then(() => order.push("fast passes"));
 * order.push("slow arrives");
 * await Promise.all([barrier(slow), waiting]);
 * order; // => ["slow arrives", "fast passes"]
 * ```
 */
export async function barrier(transport: Transport, signal?: CancelSignal): Promise<void> {
  await allGather(transport, ARRIVAL, signal);
}

/**
 * Adds the payloads of all ranks in rank order, so that all ranks end with the same bits; only a codec whose payloads
 * can be added is accepted.
 *
 * @throws WIRE when a payload is damaged, or holds other rows
 * @cost each rank receives every payload and adds it itself
 *
 * ```ts doctest
 * import { allReduce, createDenseSink, createMemoryTransports, dense } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const sums = await Promise.all(
 *   createMemoryTransports(3).map(async (transport) => {
 *     const gradient = createRowGradient(1, 1);
 *     gradient.count = 1;
 *     gradient.values[0] = 10 ** transport.rank;
 *     const payload = new Uint8Array(dense.maxBytes(1, 1));
 *     dense.encode(gradient, payload, { seed: 0, stream: 0 });
 *     const sum = new Float32Array(1);
 *     dense.decode(await allReduce(transport, dense, payload), createDenseSink(sum, 1, 1));
 *     return sum[0];
 *   }),
 * );
 * sums; // => [111, 111, 111]
 * ```
 */
export async function allReduce(
  transport: Transport,
  codec: SummableCodec,
  payload: Uint8Array,
  signal?: CancelSignal,
): Promise<Uint8Array> {
  const [sum, ...others] = await allGather(transport, payload, signal);
  for (const other of others) codec.addPayload(sum, other);
  return sum;
}

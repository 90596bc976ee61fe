import { DqrmError, isDqrmError, type RowGradient } from "@dqrm/core";
import type { CancelSignal } from "../abort.ts";
import type { RowSink } from "../row-sink.ts";
import type { Transport } from "../transport.ts";
import { createMessageDecoder } from "./decode-message.ts";
import type { SectionEncoder } from "./encode-message.ts";
import { MAX_WORLD } from "./message-header.ts";
import type { MessageSchema } from "./message-schema.ts";
import { checkShards, createShardSender } from "./send-shards.ts";
import { streamOf } from "./stream-of.ts";

/** Fixes an exchange of gradients. */
export interface ExchangeOptions {
  readonly transport: Transport;
  readonly schema: MessageSchema;
  /**
   * Parts that a batch is divided into, whatever the number of workers: a multiple of it. The sum is taken in their order, so
   * that the same shards on fewer or more workers give the same bits.
   */
  readonly shards: number;
  readonly seed: number;
  /** For each shard of this worker, in order: what encodes each parameter; the schema's codecs where undefined. */
  readonly encoders?: readonly (readonly (SectionEncoder | undefined)[])[];
}

/** Says what an exchange moved. */
export interface ExchangeReport {
  /** Bytes of this worker's messages: what every other worker received from it. */
  readonly sentBytes: number;
  /** Bytes of all other workers' messages. */
  readonly receivedBytes: number;
  /** Shards whose gradient has a NaN or an infinity; when there are any, no sink has changed, on no worker. */
  readonly nonFinite: readonly number[];
}

/** Is the exchange of a step while its gradients are computed. */
export interface PendingExchange {
  /**
   * Sends the gradients of the next own shard to all others, who need not be waiting; what is computed afterwards goes on beside it.
   *
   * @shape gradients: one for each parameter
   * @throws STATE when all own shards were sent; and what codecs throw
   */
  send(gradients: readonly RowGradient[]): void;
  /**
   * Adds the gradients of all shards to the sinks, in the order of the shards, once all own ones were sent.
   *
   * @throws WIRE or DESYNC naming a peer whose message does not fit, before a sink has changed; STATE when a peer has closed, or
   *         the signal fires; PEER, with the step, when a watched transport lost a peer
   */
  finish(sinks: readonly RowSink[]): Promise<ExchangeReport>;
}

/** Exchanges the gradients of one step at a time. */
export interface Exchange {
  /** The shards of this worker: first, and the one after the last. */
  readonly ownShards: readonly [number, number];
  /** Begins a step, whose shards are sent as they are computed. */
  begin(step: number, signal?: CancelSignal): PendingExchange;
  /**
   * Sends the gradients of this worker's shards and adds those of all shards to the sinks, in the order of the shards.
   *
   * @shape gradients: for each own shard, one for each parameter
   * @throws SHAPE when they are not as many as the own shards; and as `finish`
   */
  step(
    step: number,
    gradients: readonly (readonly RowGradient[])[],
    sinks: readonly RowSink[],
    signal?: CancelSignal,
  ): Promise<ExchangeReport>;
}

/**
 * Creates an exchange: one message a step and shard, all gathered, each decoded and summed by everybody.
 *
 * Sums are taken in the order of shards and not in flight, so that all workers end with the same bits, and so do groups of
 * another size.
 *
 * @throws VALUE when the shards are no multiple of the workers
 * @source DQRM §3.3, in one round instead of two for each parameter
 *
 * ```ts doctest
 * import { createDenseSink, createExchange, createMemoryTransports, createMessageSchema, rowCodec } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const codec = rowCodec({ values: "float32", scale: { kind: "tensor" }, rounding: "nearest", entropy: false });
 * const schema = createMessageSchema([{ name: "items", rows: 10, cols: 1, codec }]);
 * const sums = await Promise.all(
 *   createMemoryTransports(2).map(async (transport) => {
 *     const exchange = createExchange({ transport, schema, shards: 2, seed: 1 });
 *     const gradient = createRowGradient(1, 1);
 *     gradient.rows[0] = 3 + transport.rank;
 *     gradient.values[0] = 1;
 *     gradient.count = 1;
 *     const sum = new Float32Array(10);
 *     await exchange.step(0, [[gradient]], [createDenseSink(sum, 10, 1)]);
 *     return [...sum.subarray(2, 6)];
 *   }),
 * );
 * sums; // => [[0, 1, 1, 0], [0, 1, 1, 0]]
 * ```
 */
export function createExchange(options: ExchangeOptions): Exchange {
  const { seed, shards, transport } = options;
  const schema = seeded(options.schema, seed);
  const perWorker = shardsPerWorker(shards, transport.size);
  const first = transport.rank * perWorker;
  const decoders = Array.from({ length: shards }, () => createMessageDecoder(schema));
  const sender = createShardSender({ ...options, schema }, first, perWorker);

  const addAll = (step: number, messages: readonly Uint8Array[], sinks: readonly RowSink[]): number[] => {
    const headers = messages.map((bytes, shard) =>
      decoders[shard].check(bytes, { step, rank: shard, world: shards }, sinks),
    );
    const nonFinite = headers.flatMap((header, shard) => (header.nonFinite ? [shard] : []));
    if (nonFinite.length === 0) for (const decoder of decoders) decoder.add(sinks);
    return nonFinite;
  };
  const begin = (step: number, signal?: CancelSignal): PendingExchange => {
    const sending = sender.begin(step, signal);
    return {
      send: sending.send,
      async finish(sinks) {
        try {
          const own = await sending.end();
          const [messages] = await Promise.all([gather(transport, own, signal), sending.sent()]);
          const nonFinite = addAll(step, messages, sinks);
          if (nonFinite.length === 0) sending.commit();
          return { ...countBytes(messages, own), nonFinite };
        } catch (error) {
          throw atStep(error, step);
        }
      },
    };
  };
  return {
    ownShards: [first, first + perWorker],
    begin,
    async step(step, gradients, sinks, signal) {
      checkShards(gradients.length, perWorker);
      const pending = begin(step, signal);
      for (const own of gradients) pending.send(own);
      return pending.finish(sinks);
    },
  };
}

/** Receives as many messages of every rank as this one has sent, in the order of the shards. */
async function gather(
  transport: Transport,
  own: readonly Uint8Array[],
  signal: CancelSignal | undefined,
): Promise<readonly Uint8Array[]> {
  const all = Array.from({ length: transport.size }, (_, rank) =>
    rank === transport.rank
      ? own.map((bytes) => Promise.resolve(bytes))
      : own.map(() => transport.receive(rank, signal)),
  );
  return Promise.all(all.flat());
}

function countBytes(
  messages: readonly Uint8Array[],
  own: readonly Uint8Array[],
): Pick<ExchangeReport, "sentBytes" | "receivedBytes"> {
  const bytesOf = (list: readonly Uint8Array[]): number =>
    list.reduce((bytes, part) => bytes + part.length, 0);
  const sentBytes = bytesOf(own);
  return { sentBytes, receivedBytes: bytesOf(messages) - sentBytes };
}

/** Makes messages of groups with another seed those of another model: their shards would be rounded otherwise. */
function seeded(schema: MessageSchema, seed: number): MessageSchema {
  const [low, high] = schema.hash;
  const upper = Math.floor(seed / 2 ** 32);
  return { ...schema, hash: [(low ^ streamOf(0, seed, 0)) >>> 0, (high ^ streamOf(upper, seed, 1)) >>> 0] };
}

/** Says in the error of a lost peer at which step it was lost. */
function atStep(error: unknown, step: number): unknown {
  if (!isDqrmError(error, "PEER")) return error;
  return new DqrmError("PEER", { ...error.details, op: "exchange of gradients", step }, { cause: error });
}

function shardsPerWorker(shards: number, workers: number): number {
  if (Number.isInteger(shards) && shards >= workers && shards <= MAX_WORLD && shards % workers === 0) {
    return shards / workers;
  }
  const expected = `a multiple of ${workers} workers, at most ${MAX_WORLD}`;
  throw new DqrmError("VALUE", { op: "createExchange", what: "shards", expected, actual: String(shards) });
}

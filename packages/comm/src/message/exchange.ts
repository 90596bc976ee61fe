import { DqrmError, isDqrmError, type RandomKey, type RowGradient } from "@dqrm/core";
import type { CancelSignal } from "../abort.ts";
import { allGather } from "../collectives.ts";
import type { RowSink } from "../row-sink.ts";
import type { Transport } from "../transport.ts";
import { wireError } from "../wire.ts";
import { createMessageDecoder } from "./decode-message.ts";
import { encodeMessage, maxMessageBytes, type SectionEncoder } from "./encode-message.ts";
import { MAX_WORLD, MESSAGE, messageEnd } from "./message-header.ts";
import type { MessageSchema } from "./message-schema.ts";

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

/** Exchanges the gradients of one step at a time. */
export interface Exchange {
  /** The shards of this worker: first, and the one after the last. */
  readonly ownShards: readonly [number, number];
  /**
   * Sends the gradients of this worker's shards and adds those of all shards to the sinks, in the order of the shards.
   *
   * @shape gradients: for each own shard, one for each parameter
   * @throws WIRE or DESYNC naming a peer whose message does not fit, before a sink has changed; STATE when a peer has closed, or
   *         the signal fires; PEER, with the step, when a watched transport lost a peer
   */
  step(
    step: number,
    gradients: readonly (readonly RowGradient[])[],
    sinks: readonly RowSink[],
    signal?: CancelSignal,
  ): Promise<ExchangeReport>;
}

/**
 * Creates an exchange: one message a step and worker, all gathered, each decoded and summed by everybody.
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
  const { encoders, schema, seed, shards, transport } = options;
  const perWorker = shardsPerWorker(shards, transport.size);
  const first = transport.rank * perWorker;
  const decoders = Array.from({ length: shards }, () => createMessageDecoder(schema));
  let out = new Uint8Array(0);

  const encodeOwn = (step: number, gradients: readonly (readonly RowGradient[])[]): Uint8Array => {
    const needed = gradients.reduce((bytes, own) => bytes + maxMessageBytes(schema, own), 0);
    if (out.length < needed) out = new Uint8Array(Math.max(needed, 2 * out.length));
    let end = 0;
    for (const [s, own] of gradients.entries()) {
      const shard = first + s;
      const head = { step, rank: shard, world: shards };
      const key = (parameter: number): RandomKey => ({ seed, stream: streamOf(step, shard, parameter) });
      const content = {
        head,
        gradients: own,
        key,
        ...(encoders === undefined ? {} : { encoders: encoders[s] }),
      };
      end += encodeMessage(schema, content, out.subarray(end));
    }
    return out.subarray(0, end);
  };

  return {
    ownShards: [first, first + perWorker],
    async step(step, gradients, sinks, signal) {
      checkShards(gradients.length, perWorker);
      const own = encodeOwn(step, gradients);
      const all = await allGather(transport, own, signal).catch((error: unknown) => {
        throw atStep(error, step);
      });
      const messages = all.flatMap((bytes) => cutMessages(bytes, perWorker));
      const headers = messages.map((bytes, shard) =>
        decoders[shard].check(bytes, { step, rank: shard, world: shards }, sinks),
      );
      const nonFinite = headers.flatMap((header, shard) => (header.nonFinite ? [shard] : []));
      if (nonFinite.length === 0) {
        for (const decoder of decoders) decoder.add(sinks);
        commit(encoders, gradients);
      }
      const received = all.reduce((bytes, part) => bytes + part.length, 0) - own.length;
      return { sentBytes: own.length, receivedBytes: received, nonFinite };
    },
  };
}

/** Says in the error of a lost peer at which step it was lost. */
function atStep(error: unknown, step: number): unknown {
  if (!isDqrmError(error, "PEER")) return error;
  return new DqrmError("PEER", { ...error.details, op: "exchange of gradients", step }, { cause: error });
}

/** Mixes the step, the shard and the parameter into a stream of random numbers of its own. */
function streamOf(step: number, shard: number, parameter: number): number {
  let hash = Math.imul(step + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ shard, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ parameter, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A compensation that encoded nothing has nothing to commit. */
function commit(encoders: ExchangeOptions["encoders"], gradients: readonly (readonly RowGradient[])[]): void {
  encoders?.forEach((own, s) => {
    own.forEach((encoder, p) => {
      if (gradients[s][p].count > 0) encoder?.commit?.();
    });
  });
}

function cutMessages(bytes: Uint8Array, count: number): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  let begin = 0;
  for (let i = 0; i < count; i++) {
    const end = messageEnd(bytes, begin);
    messages.push(bytes.subarray(begin, end));
    begin = end;
  }
  if (begin !== bytes.length) throw wireError(MESSAGE, begin, "bytes behind the last message");
  return messages;
}

function shardsPerWorker(shards: number, workers: number): number {
  if (Number.isInteger(shards) && shards >= workers && shards <= MAX_WORLD && shards % workers === 0) {
    return shards / workers;
  }
  const expected = `a multiple of ${workers} workers, at most ${MAX_WORLD}`;
  throw new DqrmError("VALUE", { op: "createExchange", what: "shards", expected, actual: String(shards) });
}

function checkShards(actual: number, expected: number): void {
  if (actual !== expected)
    throw new DqrmError("SHAPE", { op: "exchange", what: "gradients", expected, actual });
}

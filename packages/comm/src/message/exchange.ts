import { DqrmError, isDqrmError, type RowGradient } from "@dqrm/core";
import type { CancelSignal } from "../abort.ts";
import type { RowSink } from "../row-sink.ts";
import type { Transport } from "../transport.ts";
import { divideMessage } from "./divide-message.ts";
import type { SectionEncoder } from "./encode-message.ts";
import { MAX_WORLD } from "./message-header.ts";
import type { MessageSchema } from "./message-schema.ts";
import { addAll, inOrder, preparePart, type PreparedPart } from "./message-parts.ts";
import { receiveAll } from "./receive-all.ts";
import { seededSchema } from "./seeded-schema.ts";
import { sendInOrder } from "./send-parts.ts";
import { checkShards, type SendingShards } from "./send-shards.ts";

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
  /** Bytes that every other worker received from this one, on average where owners sum; of its own messages where it is alone. */
  readonly sentBytes: number;
  /** Bytes of all other workers' messages. */
  readonly receivedBytes: number;
  /**
   * Shards whose gradient has a NaN or an infinity, all where the sum of an owner has; when there are any, no sink has changed, on no
   * worker.
   */
  readonly nonFinite: readonly number[];
}

/** Is the exchange of a step while its gradients are computed. */
export interface PendingExchange {
  /**
   * Sends those messages of the next own shard that hold none but its first `parameters` parameters, which are final, in the order of
   * the messages, and none twice; the other gradients may still be computed. The last message is left to `send`, as is all where
   * encoders share scales or owners sum.
   *
   * @shape gradients: one for each parameter
   * @throws STATE when all own shards were sent; and what codecs throw
   */
  sendFirst(gradients: readonly RowGradient[], parameters: number): void;
  /**
   * Sends the gradients of the next own shard, or what `sendFirst` has left of them, to all others, who need not be waiting; what is
   * computed afterwards goes on beside it.
   *
   * @shape gradients: one for each parameter
   * @throws STATE when all own shards were sent; and what codecs throw
   */
  send(gradients: readonly RowGradient[]): void;
  /**
   * Adds the gradients of all shards to the sinks, summed in the order of the shards, once all own ones were sent. What every shard has
   * whole, or owners sum, is summed before it is added: the same bits in sinks that hold zeros.
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
   * Sends the gradients of this worker's shards and adds those of all shards to the sinks, as `finish` does.
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
 * Creates an exchange: one message a step and shard, all gathered, each decoded and summed by everybody; or, of parameters that have
 * owners, decoded and summed by them, who then send the sums.
 *
 * Sums are taken in the order of shards and not in flight, so that all workers end with the same bits, and so do groups of
 * another size.
 *
 * @throws VALUE when the shards are no multiple of the workers, or rows are to be summed apart that an encoder needs together
 * @source DQRM §3.3, in one round instead of two for each parameter; owners as in DeepSpeed's 1-bit Adam, with exact sums
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
  const { shards, transport } = options;
  checkEncoders(options);
  const count = shardsPerWorker(shards, transport.size);
  const first = transport.rank * count;
  const schema = seededSchema(options.schema, options.seed);
  const parts = divideMessage({ ...options, schema }).map((part) => preparePart(part, { first, count }));

  const group: Group = { transport, shards, count, parts };

  const begin = (step: number, signal?: CancelSignal): PendingExchange => {
    const sending = parts.map((part) => ({ ...part, ...part.sender.begin(step, signal) }));
    return {
      ...sendInOrder(sending),
      async finish(sinks) {
        try {
          return await finishStep(group, { step, sending, sinks, signal });
        } catch (error) {
          throw atStep(error, step);
        }
      },
    };
  };
  return {
    ownShards: [first, first + count],
    begin,
    async step(step, gradients, sinks, signal) {
      checkShards(gradients.length, count);
      const pending = begin(step, signal);
      for (const own of gradients) pending.send(own);
      return pending.finish(sinks);
    },
  };
}

interface Group {
  readonly transport: Transport;
  readonly shards: number;
  /** Shards of a worker. */
  readonly count: number;
  readonly parts: readonly PreparedPart[];
}

interface SentStep {
  readonly step: number;
  readonly sending: readonly SendingShards[];
  readonly sinks: readonly RowSink[];
  readonly signal: CancelSignal | undefined;
}

async function finishStep(
  { count, parts, shards, transport }: Group,
  { sending, signal, sinks, step }: SentStep,
): Promise<ExchangeReport> {
  const own = await inOrder(sending, (part) => part.end());
  const reading = parts.map(({ of, reader }) => reader.begin(step, of(sinks)));
  const receiving = receiveAll({ transport, count, parts: parts.length, signal }, (part, shard, bytes) => {
    reading[part].take(shard, bytes);
  });
  // Who does not fit ends the step at once: more of its messages may never come.
  receiving.catch(() => undefined);
  // The own messages are read while the others are on their way.
  own.forEach((messages, part) => {
    messages.forEach((bytes, s) => {
      reading[part].take(transport.rank * count + s, bytes);
    });
  });
  const [receivedBytes] = await Promise.all([receiving, ...sending.map((part) => part.sent())]);
  const { nonFinite, summed } = await addAll(reading, shards, signal);
  if (nonFinite.length === 0) for (const part of sending) part.commit();
  return {
    sentBytes: sending.reduce((sum, part) => sum + part.sentBytes(), 0) + (summed?.sentBytes ?? 0),
    receivedBytes: receivedBytes + (summed?.receivedBytes ?? 0),
    nonFinite,
  };
}

/** What an encoder keeps belongs to a whole parameter. */
function checkEncoders({ encoders, schema: { parameters } }: ExchangeOptions): void {
  const apart = parameters.find(
    ({ owners }, p) => owners === "rows" && encoders?.some((own) => own[p] !== undefined) === true,
  );
  if (apart === undefined) return;
  const [what, expected] = [`owners of ${apart.name}`, '"one": an encoder needs all rows'];
  throw new DqrmError("VALUE", { op: "createExchange", what, expected, actual: '"rows"' });
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

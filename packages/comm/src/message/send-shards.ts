import { DqrmError, type RandomKey, type RowGradient } from "@dqrm/core";
import type { CancelSignal } from "../abort.ts";
import { checkWholeGradient } from "../compensation/whole-gradient.ts";
import { otherRanks } from "../transport.ts";
import { encodeMessage, isNonFinite, maxMessageBytes } from "./encode-message.ts";
import type { ExchangeOptions } from "./exchange.ts";
import type { MessageSchema } from "./message-schema.ts";
import { rowsOf, type OwnedRows } from "./owned-rows.ts";
import { prepareSharedScales } from "./shared-scales.ts";
import { streamOf } from "./stream-of.ts";

/** Sends the shards of one step. */
export interface SendingShards {
  /** Takes the next own shard. */
  send(gradients: readonly RowGradient[]): void;
  /** Gives the messages of all own shards as this worker itself reads them; the last is on its way. */
  end(): Promise<readonly Uint8Array[]>;
  /** Waits until the transport has taken all messages. */
  sent(): Promise<void>;
  /** Bytes to each other worker, on average where they differ; of the own messages where there is no other. */
  sentBytes(): number;
  /** Tells the encoders that what they encoded was applied. */
  commit(): void;
}

/** Encodes and sends the own shards of an exchange. */
export interface ShardSender {
  begin(step: number, signal: CancelSignal | undefined): SendingShards;
}

/** Says which shards are sent, and which rows of them to whom; all to all without an owner of any. */
export interface ShardSenderOptions extends ExchangeOptions {
  readonly first: number;
  readonly count: number;
  readonly owned: OwnedRows | undefined;
  /** The number of the first parameter in the schema of all messages of a shard. */
  readonly firstParameter: number;
}

/** Prepares the sending of shards; their room grows with the largest gradients so far. */
export function createShardSender(options: ShardSenderOptions): ShardSender {
  const { count, encoders, transport } = options;
  const peers = otherRanks(transport);
  const encode = options.owned === undefined ? encodeForAll(options) : encodeForEach(options, options.owned);
  const shared = prepareSharedScales(options, count);
  return {
    begin(step, signal) {
      const taken: (readonly RowGradient[])[] = [];
      const messages: Uint8Array[] = [];
      const sending: Promise<void>[] = [];
      let total = 0;
      const post = (gradients: readonly RowGradient[]): void => {
        const forWorkers = encode(step, messages.length, gradients);
        const own = forWorkers[transport.rank];
        messages.push(own);
        for (const peer of peers) {
          total += forWorkers[peer].length;
          const sent = transport.send(peer, forWorkers[peer], signal);
          // Who finishes the step hears of it; until then nobody waits.
          sent.catch(() => undefined);
          sending.push(sent);
        }
      };
      return {
        send(gradients) {
          if (taken.length === count) throw tooMany(count);
          taken.push(gradients);
          if (shared === undefined) post(gradients);
        },
        async end() {
          checkShards(taken.length, count);
          if (shared !== undefined) {
            await shared(taken, signal);
            for (const gradients of taken) post(gradients);
          }
          return messages;
        },
        async sent() {
          await Promise.all(sending);
        },
        sentBytes: () => (peers.length === 0 ? bytesOf(messages) : total / peers.length),
        commit() {
          commitAll(encoders, taken);
        },
      };
    },
  };
}

/** Counts the bytes of messages. */
export function bytesOf(messages: readonly Uint8Array[]): number {
  return messages.reduce((bytes, { length }) => bytes + length, 0);
}

/** A compensation that encoded nothing has nothing to commit. */
function commitAll(encoders: ExchangeOptions["encoders"], taken: readonly (readonly RowGradient[])[]): void {
  encoders?.forEach((own, s) => {
    own.forEach((encoder, p) => {
      if (taken[s][p].count > 0) encoder?.commit?.();
    });
  });
}

/** Gives the message of a shard for each worker. */
type EncodeShard = (step: number, s: number, gradients: readonly RowGradient[]) => readonly Uint8Array[];

/** Each shard has memory of its own: one is sent while the next is encoded. */
function encodeForAll(options: ShardSenderOptions): EncodeShard {
  const { count, transport } = options;
  const encoders = Array.from({ length: count }, (_, s) => prepareMessage(options, s));
  return (step, s, gradients) => {
    const bytes = encoders[s](step, gradients);
    return Array.from({ length: transport.size }, () => bytes);
  };
}

/** What owners sum goes to its owner alone; everybody hears when any of it is no number. */
function encodeForEach(options: ShardSenderOptions, owned: OwnedRows): EncodeShard {
  const { count, schema } = options;
  const encoders = Array.from({ length: count }, (_, s) => owned.map(() => prepareMessage(options, s)));
  return (step, s, gradients) => {
    checkOwned(schema, gradients);
    const nonFinite = isNonFinite(schema, gradients);
    return owned.map((ranges, worker) => {
      const part = gradients.map((gradient, p) => rowsOf(gradient, ranges[p]));
      return encoders[s][worker](step, part, nonFinite);
    });
  };
}

type EncodePart = (step: number, gradients: readonly RowGradient[], nonFinite?: boolean) => Uint8Array;

function prepareMessage(
  { encoders, first, firstParameter, schema, seed, shards }: ShardSenderOptions,
  s: number,
): EncodePart {
  const own = encoders === undefined ? {} : { encoders: encoders[s] };
  const shard = first + s;
  let room = new Uint8Array(0);
  return (step, gradients, nonFinite) => {
    const needed = maxMessageBytes(schema, gradients);
    if (room.length < needed) room = new Uint8Array(Math.max(needed, 2 * room.length));
    const head = { step, rank: shard, world: shards };
    const key = (parameter: number): RandomKey => ({
      seed,
      stream: streamOf(step, shard, firstParameter + parameter),
    });
    const known = nonFinite === undefined ? {} : { nonFinite };
    return room.subarray(0, encodeMessage(schema, { head, gradients, key, ...own, ...known }, room));
  };
}

/** Owners sum whole gradients, or none. */
function checkOwned({ parameters }: MessageSchema, gradients: readonly RowGradient[]): void {
  checkShards(gradients.length, parameters.length);
  parameters.forEach(({ cols, name, owners, rows }, p) => {
    if (owners === undefined || gradients[p].count === 0) return;
    checkWholeGradient(`exchange of ${name}`, gradients[p], { rows, cols });
  });
}

/** Checks that there are as many gradients as there must be. @throws SHAPE */
export function checkShards(actual: number, expected: number): void {
  if (actual === expected) return;
  throw new DqrmError("SHAPE", { op: "exchange", what: "gradients", expected, actual });
}

function tooMany(count: number): DqrmError<"STATE"> {
  const expected = `at most the ${count} own shards of a step`;
  return new DqrmError("STATE", { op: "exchange", expected, actual: "one more" });
}

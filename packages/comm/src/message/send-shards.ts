import { DqrmError, type RandomKey, type RowGradient } from "@dqrm/core";
import type { CancelSignal } from "../abort.ts";
import { encodeMessage, maxMessageBytes } from "./encode-message.ts";
import type { ExchangeOptions } from "./exchange.ts";
import { prepareSharedScales } from "./shared-scales.ts";
import { streamOf } from "./stream-of.ts";

/** Sends the shards of one step. */
export interface SendingShards {
  /** Takes the next own shard. */
  send(gradients: readonly RowGradient[]): void;
  /** Gives the messages of all own shards, the last of which is on its way. */
  end(): Promise<readonly Uint8Array[]>;
  /** Waits until the transport has taken all messages. */
  sent(): Promise<void>;
  /** Tells the encoders that what they encoded was applied. */
  commit(): void;
}

/** Encodes and sends the own shards of an exchange. */
export interface ShardSender {
  begin(step: number, signal: CancelSignal | undefined): SendingShards;
}

/** Prepares the sending of shards; their room grows with the largest gradients so far. */
export function createShardSender(options: ExchangeOptions, first: number, count: number): ShardSender {
  const { encoders, transport } = options;
  const peers = Array.from({ length: transport.size }, (_, rank) => rank).filter(
    (rank) => rank !== transport.rank,
  );
  const encode = prepareEncoding(options, first, count);
  const shared = prepareSharedScales(options, count);
  return {
    begin(step, signal) {
      const taken: (readonly RowGradient[])[] = [];
      const messages: Uint8Array[] = [];
      const sending: Promise<void>[] = [];
      const post = (gradients: readonly RowGradient[]): void => {
        const bytes = encode(step, messages.length, gradients);
        messages.push(bytes);
        for (const peer of peers) {
          const sent = transport.send(peer, bytes, signal);
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
        commit() {
          commitAll(encoders, taken);
        },
      };
    },
  };
}

/** A compensation that encoded nothing has nothing to commit. */
function commitAll(encoders: ExchangeOptions["encoders"], taken: readonly (readonly RowGradient[])[]): void {
  encoders?.forEach((own, s) => {
    own.forEach((encoder, p) => {
      if (taken[s][p].count > 0) encoder?.commit?.();
    });
  });
}

type EncodeShard = (step: number, s: number, gradients: readonly RowGradient[]) => Uint8Array;

/** Each shard has memory of its own: one is sent while the next is encoded. */
function prepareEncoding(
  { encoders, schema, seed, shards }: ExchangeOptions,
  first: number,
  count: number,
): EncodeShard {
  const rooms = Array.from({ length: count }, () => new Uint8Array(0));
  return (step, s, gradients) => {
    const needed = maxMessageBytes(schema, gradients);
    if (rooms[s].length < needed) rooms[s] = new Uint8Array(Math.max(needed, 2 * rooms[s].length));
    const shard = first + s;
    const head = { step, rank: shard, world: shards };
    const key = (parameter: number): RandomKey => ({ seed, stream: streamOf(step, shard, parameter) });
    const own = encoders === undefined ? {} : { encoders: encoders[s] };
    return rooms[s].subarray(0, encodeMessage(schema, { head, gradients, key, ...own }, rooms[s]));
  };
}

/** Checks that there are gradients for all own shards. @throws SHAPE */
export function checkShards(actual: number, expected: number): void {
  if (actual === expected) return;
  throw new DqrmError("SHAPE", { op: "exchange", what: "gradients", expected, actual });
}

function tooMany(count: number): DqrmError<"STATE"> {
  const expected = `at most the ${count} own shards of a step`;
  return new DqrmError("STATE", { op: "exchange", expected, actual: "one more" });
}

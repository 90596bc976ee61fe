import type { CancelSignal } from "../abort.ts";
import type { RowSink } from "../row-sink.ts";
import type { Transport } from "../transport.ts";
import { createMessageDecoder } from "./decode-message.ts";
import type { MessageSchema } from "./message-schema.ts";
import type { OwnedRows } from "./owned-rows.ts";
import { seededSchema } from "./seeded-schema.ts";
import { prepareOwnedSums, type OwnedSums, type SumsReport } from "./sum-owned.ts";

/** Says what came of the messages of a step. */
export interface ReadShards {
  /** Shards whose gradient is no number, all where the sum of an owner is none. */
  readonly nonFinite: readonly number[];
  /** What owners sent; undefined where there are none, or a shard was no number. */
  readonly summed: SumsReport | undefined;
}

/** Reads the messages of all shards. */
export interface ShardReader {
  /** Checks all messages, lets owners sum, then adds everything to the sinks, if all of it is numbers. */
  read(
    step: number,
    messages: readonly Uint8Array[],
    sinks: readonly RowSink[],
    signal?: CancelSignal,
  ): Promise<ReadShards>;
}

/** Says whose messages are read. */
export interface ShardReaderOptions {
  readonly transport: Transport;
  readonly schema: MessageSchema;
  readonly seed: number;
  readonly shards: number;
  readonly owned: OwnedRows | undefined;
}

/** Prepares the reading of all shards; a decoder for each keeps its rows until all were checked. */
export function createShardReader(options: ShardReaderOptions): ShardReader {
  const { schema, shards } = options;
  const { parameters } = schema;
  const decoders = Array.from({ length: shards }, () => createMessageDecoder(schema));
  const owner = ownerOf(options);
  return {
    async read(step, messages, sinks, signal) {
      const headers = messages.map((bytes, shard) =>
        decoders[shard].check(bytes, { step, rank: shard, world: shards }, sinks),
      );
      const nonFinite = headers.flatMap((header, shard) => (header.nonFinite ? [shard] : []));
      if (nonFinite.length > 0) return { nonFinite, summed: undefined };
      const summed = await owner?.exchange(step, decoders, signal);
      if (summed?.finite === false) return { nonFinite: [...messages.keys()], summed };
      const gathered = sinks.map((sink, p) => (parameters[p].owners === undefined ? sink : undefined));
      for (const decoder of decoders) decoder.add(gathered);
      owner?.add(sinks);
      return { nonFinite, summed };
    },
  };
}

function ownerOf({ owned, schema, seed, transport }: ShardReaderOptions): OwnedSums | undefined {
  const { parameters, sums } = schema;
  if (owned === undefined || sums === undefined) return undefined;
  return prepareOwnedSums({ transport, parameters, sums: seededSchema(sums, seed), owned });
}

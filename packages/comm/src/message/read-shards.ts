import type { CancelSignal } from "../abort.ts";
import type { RowSink } from "../row-sink.ts";
import type { Transport } from "../transport.ts";
import { createMessageDecoder } from "./decode-message.ts";
import type { MessageSchema } from "./message-schema.ts";
import type { OwnedRows } from "./owned-rows.ts";
import { seededSchema } from "./seeded-schema.ts";
import { prepareOwnedSums, type OwnedSums, type SumsReport } from "./sum-owned.ts";
import { prepareWholeSums } from "./sum-whole.ts";

/** Reads the messages of one step. */
export interface ReadingShards {
  /** Checks the message of a shard, in any order. @throws WIRE, DESYNC or SHAPE when it does not fit */
  take(shard: number, bytes: Uint8Array): void;
  /** Gives the shards whose gradient is no number. */
  nonFinite(): readonly number[];
  /**
   * Lets owners sum, then adds to the sinks what the shards sum to in their order, if all sums are numbers; says what owners sent.
   *
   * @throws PEER and what else the transport throws
   */
  add(signal?: CancelSignal): Promise<SumsReport | undefined>;
}

/** Reads the messages of all shards. */
export interface ShardReader {
  begin(step: number, sinks: readonly RowSink[]): ReadingShards;
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
  const whole = prepareWholeSums(schema, decoders[0].rows);
  return {
    begin(step, sinks) {
      const broken = new Set<number>();
      const checked = new Set<number>();
      let next = 0;
      whole.begin();
      return {
        take(shard, bytes) {
          const { nonFinite } = decoders[shard].check(bytes, { step, rank: shard, world: shards }, sinks);
          if (nonFinite) broken.add(shard);
          checked.add(shard);
          // Owners sum what was sent to them by itself.
          for (; owner === undefined && checked.has(next); next++) whole.add(decoders[next].rows);
        },
        nonFinite: () => [...broken],
        async add(signal) {
          const summed = await owner?.exchange(step, decoders, signal);
          if (summed?.finite === false) return summed;
          const gathered = sinks.map((sink, p) => (parameters[p].owners === undefined ? sink : undefined));
          for (const decoder of decoders) decoder.add(gathered);
          owner?.add(sinks);
          return summed;
        },
      };
    },
  };
}

function ownerOf({ owned, schema, seed, transport }: ShardReaderOptions): OwnedSums | undefined {
  const { parameters, sums } = schema;
  if (owned === undefined || sums === undefined) return undefined;
  return prepareOwnedSums({ transport, parameters, sums: seededSchema(sums, seed), owned });
}

import type { CancelSignal } from "../abort.ts";
import type { MessagePart } from "./divide-message.ts";
import { divideRows } from "./owned-rows.ts";
import { createShardReader, type ReadingShards, type ShardReader } from "./read-shards.ts";
import { createShardSender, type ShardSender } from "./send-shards.ts";
import type { SumsReport } from "./sum-owned.ts";

/** Sends and reads the messages of some neighbouring parameters. */
export interface PreparedPart extends Pick<MessagePart, "endParameter" | "of"> {
  readonly sender: ShardSender;
  readonly reader: ShardReader;
}

/** Prepares the messages of some parameters, for `count` own shards from `first` on. */
export function preparePart(
  part: MessagePart,
  own: { readonly first: number; readonly count: number },
): PreparedPart {
  const { endParameter, of, schema, transport } = part;
  const owned = schema.sums === undefined ? undefined : divideRows(schema.parameters, transport.size);
  return {
    endParameter,
    of,
    sender: createShardSender({ ...part, ...own, owned }),
    reader: createShardReader({ ...part, owned }),
  };
}

/** Does one after the other. */
export async function inOrder<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** Adds what all parts hold, unless a shard is no number in any. */
export async function addAll(
  reading: readonly ReadingShards[],
  shards: number,
  signal: CancelSignal | undefined,
): Promise<{ readonly nonFinite: readonly number[]; readonly summed: SumsReport | undefined }> {
  const broken = new Set(reading.flatMap((part) => part.nonFinite()));
  const all = Array.from({ length: shards }, (_, shard) => shard);
  if (broken.size > 0) return { nonFinite: all.filter((shard) => broken.has(shard)), summed: undefined };
  const [summed] = await inOrder(reading, (part) => part.add(signal));
  return { nonFinite: summed?.finite === false ? all : [], summed };
}

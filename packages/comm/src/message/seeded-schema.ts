import type { MessageSchema } from "./message-schema.ts";
import { streamOf } from "./stream-of.ts";

/** Makes messages of groups with another seed those of another model: their shards would be rounded otherwise. */
export function seededSchema(schema: MessageSchema, seed: number): MessageSchema {
  const [low, high] = schema.hash;
  const upper = Math.floor(seed / 2 ** 32);
  return { ...schema, hash: [(low ^ streamOf(0, seed, 0)) >>> 0, (high ^ streamOf(upper, seed, 1)) >>> 0] };
}

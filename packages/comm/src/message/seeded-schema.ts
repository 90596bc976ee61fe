import type { MessageSchema } from "./message-schema.ts";
import { streamOf } from "./stream-of.ts";

/** Makes messages of groups with another seed those of another model: their shards would be rounded otherwise. */
export function seededSchema(schema: MessageSchema, seed: number): MessageSchema {
  return markedSchema(schema, streamOf(0, seed, 0), streamOf(Math.floor(seed / 2 ** 32), seed, 1));
}

/** Makes messages those of another model: what two numbers stand for is told apart. */
export function markedSchema(schema: MessageSchema, first: number, second: number): MessageSchema {
  const [low, high] = schema.hash;
  return { ...schema, hash: [(low ^ first) >>> 0, (high ^ second) >>> 0] };
}

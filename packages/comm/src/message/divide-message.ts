import type { ExchangeOptions } from "./exchange.ts";
import type { MessageParameter, MessageSchema } from "./message-schema.ts";
import { markedSchema } from "./seeded-schema.ts";
import { streamOf } from "./stream-of.ts";

/** Is the exchange of some neighbouring parameters of a schema. */
export interface MessagePart extends ExchangeOptions {
  /** The number in the whole schema of its first parameter. */
  readonly firstParameter: number;
  /** The number of the one after its last; no number is as large for the last part, which takes all that is left. */
  readonly endParameter: number;
  /** Takes what belongs to its parameters out of a list for all. */
  of<T>(all: readonly T[]): readonly T[];
}

/**
 * Divides the gradient of a shard into messages, by its schema alone, so that all workers divide alike.
 *
 * It stays one where encoders share scales or owners sum, for these have rounds of their own.
 */
export function divideMessage(options: ExchangeOptions): readonly MessagePart[] {
  const { encoders, schema } = options;
  const { parameters } = schema;
  const whole =
    schema.sums !== undefined || encoders?.flat().some((own) => own?.shared !== undefined) === true;
  const firsts = whole || parameters.length === 0 ? [0] : firstParameters(parameters);
  return firsts.map((first, part) => {
    // A list that is too long is found by the last part, which takes all that is left.
    const end = part + 1 < firsts.length ? firsts[part + 1] : Infinity;
    const of = <T>(all: readonly T[]): readonly T[] => all.slice(first, end);
    const own = encoders === undefined ? {} : { encoders: encoders.map(of) };
    return {
      ...options,
      ...own,
      schema: partSchema(schema, of(parameters), part),
      firstParameter: first,
      endParameter: end,
      of,
    };
  });
}

function firstParameters(parameters: readonly MessageParameter[]): readonly number[] {
  return [...parameters.keys()].filter((p) => p === 0 || parameters[p].beginsMessage === true);
}

/** Parts are told from each other, and from those of other models. */
function partSchema(
  schema: MessageSchema,
  parameters: readonly MessageParameter[],
  part: number,
): MessageSchema {
  const own = { ...schema, parameters };
  return part === 0 ? own : markedSchema(own, streamOf(0, part, 2), streamOf(0, part, 3));
}

import { DqrmError, isDqrmError, type RandomKey, type RowGradient } from "@dqrm/core";
import { MAX_VARINT_BYTES, writeVarint } from "../bits/varint.ts";
import type { SectionCodec } from "../section.ts";
import { MESSAGE_HEADER_BYTES, writeMessageHeader, MAX_WORLD, type ExpectedHead } from "./message-header.ts";
import type { MessageParameter, MessageSchema } from "./message-schema.ts";

/** A section begins with its parameter, its rows and its bytes. */
const MAX_SECTION_HEAD_BYTES: number = 3 * MAX_VARINT_BYTES;

/** Gives the random key of one parameter's section. */
export type SectionKey = (parameter: number) => RandomKey;

/**
 * Encodes the section of a parameter: its codec, or a compensation around it, which hears when a step was applied. It refuses a
 * NaN or an infinity with NON_FINITE: nobody has looked before.
 */
export interface SectionEncoder extends Pick<SectionCodec, "encodeBody"> {
  commit?(): void;
  /** Scales that all shards share; an exchange with any has a round of its own for them. */
  readonly shared?: SharedScales;
}

/** Lets an encoder take the mean of the scales of all shards instead of its own. */
export interface SharedScales {
  /** Scales of the parameter, the same number on every shard. */
  readonly count: number;
  /** Writes the scales that this shard's gradient would have. */
  localScales(gradient: RowGradient, out: Float32Array): void;
  /** Takes the means for the next gradient. */
  use(scales: Float32Array): void;
}

/** Holds what a message says. */
export interface MessageContent {
  readonly head: ExpectedHead;
  /** One for each parameter of the schema; a gradient without rows is not sent. */
  readonly gradients: readonly RowGradient[];
  readonly key: SectionKey;
  /** One for each parameter; the schema's own codec where undefined. */
  readonly encoders?: readonly (SectionEncoder | undefined)[];
  /** Whether the gradient of which these are a part has a NaN or an infinity; absent where they are the whole. */
  readonly nonFinite?: boolean;
}

/**
 * Bounds the bytes of the message of some gradients.
 *
 * ```ts doctest
 * import { createMessageSchema, maxMessageBytes } from "@dqrm/comm";
 * maxMessageBytes(createMessageSchema([]), []); // => 40
 * ```
 */
export function maxMessageBytes({ parameters }: MessageSchema, gradients: readonly RowGradient[]): number {
  return parameters.reduce(
    (bytes, { codec, cols }, p) =>
      bytes + MAX_SECTION_HEAD_BYTES + codec.section.maxBodyBytes(gradients[p].count, cols),
    MESSAGE_HEADER_BYTES,
  );
}

/**
 * Writes the gradients of one step to the start of `out` as one message, and returns its bytes. A gradient in which its encoder
 * finds a NaN or an infinity makes the message say so, without sections, so that every reader learns of it in the same step.
 *
 * @shape docs/spec/wire.md; out u8[>= maxMessageBytes(schema, gradients)]
 * @throws SHAPE when out is too short or a gradient has other columns; VALUE when step, rank or world cannot be written; and
 *         what codecs throw
 *
 * ```ts doctest
 * import { createDenseSink, createMessageSchema, decodeMessage, encodeMessage, maxMessageBytes, rowCodec } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const codec = rowCodec({ values: "int8", scale: { kind: "tensor" }, rounding: "nearest", entropy: true });
 * const schema = createMessageSchema([{ name: "items", rows: 1000, cols: 2, codec }]);
 * const gradient = createRowGradient(2, 1);
 * gradient.rows[0] = 900;
 * gradient.values.set([1.27, -0.5]);
 * gradient.count = 1;
 * const out = new Uint8Array(maxMessageBytes(schema, [gradient]));
 * const head = { step: 7, rank: 0, world: 1 };
 * const bytes = encodeMessage(schema, { head, gradients: [gradient], key: () => ({ seed: 1, stream: 0 }) }, out);
 * const sum = new Float32Array(2000);
 * decodeMessage(schema, out.subarray(0, bytes), head, [createDenseSink(sum, 1000, 2)]).nonFinite; // => false
 * [bytes, sum[1800].toFixed(3), sum[1801].toFixed(3)]; // => [55, "1.270", "-0.500"]
 * ```
 */
export function encodeMessage(schema: MessageSchema, content: MessageContent, out: Uint8Array): number {
  checkContent(schema, content, out);
  const written = content.nonFinite === true ? undefined : writeSections(schema, content, out);
  const { end, sections } = written ?? { end: MESSAGE_HEADER_BYTES, sections: 0 };
  const header = { ...content.head, nonFinite: written === undefined, sections };
  writeMessageHeader(out.subarray(0, end), header, schema);
  return end;
}

/** Writes all sections; gives undefined when an encoder finds a NaN or an infinity, for each of them looks at every value. */
function writeSections(
  schema: MessageSchema,
  content: MessageContent,
  out: Uint8Array,
): { readonly end: number; readonly sections: number } | undefined {
  let end = MESSAGE_HEADER_BYTES;
  let sections = 0;
  try {
    for (const [p, parameter] of schema.parameters.entries()) {
      if (content.gradients[p].count === 0) continue;
      end = writeSection(content, { p, parameter }, out, end);
      sections++;
    }
  } catch (error) {
    // The other parts of a gradient that was found finite would not say so.
    if (content.nonFinite === undefined && isDqrmError(error, "NON_FINITE")) return undefined;
    throw error;
  }
  return { end, sections };
}

/** Tells whether a gradient has a NaN or an infinity. */
export function isNonFinite({ absmax }: MessageSchema, gradients: readonly RowGradient[]): boolean {
  return gradients.some(({ cols, count, values }) => !Number.isFinite(absmax(values, 0, count * cols)));
}

/** The body is written behind the largest head that a section can have, then moved up to the head that it has. */
function writeSection(
  { encoders, gradients, key }: MessageContent,
  { p, parameter }: { readonly p: number; readonly parameter: MessageParameter },
  out: Uint8Array,
  at: number,
): number {
  const bodyAt = at + MAX_SECTION_HEAD_BYTES;
  const encoder = encoders?.[p] ?? parameter.codec.section;
  const bodyEnd = encoder.encodeBody(gradients[p], out, bodyAt, key(p));
  const countAt = writeVarint(out, at, p);
  const bytesAt = writeVarint(out, countAt, gradients[p].count);
  const head = writeVarint(out, bytesAt, bodyEnd - bodyAt);
  out.copyWithin(head, bodyAt, bodyEnd);
  return head + (bodyEnd - bodyAt);
}

function checkContent(schema: MessageSchema, { gradients, head }: MessageContent, out: Uint8Array): void {
  const op = "encodeMessage";
  const shape = (what: string, actual: number, expected: number): void => {
    if (actual !== expected) throw new DqrmError("SHAPE", { op, what, expected, actual });
  };
  shape("gradients", gradients.length, schema.parameters.length);
  schema.parameters.forEach(({ cols, name }, p) => {
    shape(`columns of ${name}`, gradients[p].cols, cols);
  });
  const ranges = [
    ["world", head.world, 1, MAX_WORLD],
    ["rank", head.rank, 0, head.world - 1],
    ["step", head.step, 0, 2 ** 32 - 1],
  ] as const;
  for (const [what, actual, least, most] of ranges) {
    if (Number.isInteger(actual) && actual >= least && actual <= most) continue;
    const expected = `an integer from ${least} to ${most}`;
    throw new DqrmError("VALUE", { op, what, expected, actual: String(actual) });
  }
  const expected = maxMessageBytes(schema, gradients);
  if (out.length < expected) throw new DqrmError("SHAPE", { op, what: "out", expected, actual: out.length });
}

import { createRowGradient, DqrmError, type RowGradient } from "@dqrm/core";
import { createVarintReader } from "../bits/varint.ts";
import { addRows, type RowSink } from "../row-sink.ts";
import { wireError } from "../wire.ts";
import {
  MESSAGE,
  MESSAGE_HEADER_BYTES,
  readMessageHeader,
  type ExpectedHead,
  type MessageHeader,
} from "./message-header.ts";
import type { MessageSchema } from "./message-schema.ts";

/** Decodes messages of one schema; what it decodes into is kept from message to message. */
export interface MessageDecoder {
  /** Rows of the message that was checked last, one gradient for each parameter; overwritten by the next. */
  readonly rows: readonly RowGradient[];
  /**
   * Checks a whole message, then adds its rows to the sinks: when it throws, no sink has changed.
   *
   * @shape sinks: one for each parameter of the schema
   * @throws WIRE when the bytes are not one undamaged message; DESYNC when the sender is at another step, or has another
   *         model, world or version; SHAPE when a sink does not belong to the schema
   */
  decode(bytes: Uint8Array, expected: ExpectedHead, sinks: readonly RowSink[]): MessageHeader;
  /** Does the first half of `decode`: checks the message and keeps its rows. @throws WIRE, DESYNC and SHAPE as `decode` */
  check(bytes: Uint8Array, expected: ExpectedHead, sinks: readonly RowSink[]): MessageHeader;
  /** Does the second half: adds the rows of the message that was checked last, but those of parameters without a sink. */
  add(sinks: readonly (RowSink | undefined)[]): void;
}

/**
 * Creates a decoder of messages.
 *
 * @cost keeps the rows of the largest message so far, in floats
 *
 * ```ts doctest
 * import { createMessageDecoder, createMessageSchema, encodeMessage } from "@dqrm/comm";
 * const schema = createMessageSchema([]);
 * const out = new Uint8Array(40);
 * const head = { step: 7, rank: 0, world: 1 };
 * encodeMessage(schema, { head, gradients: [], key: () => ({ seed: 1, stream: 0 }) }, out);
 * createMessageDecoder(schema).decode(out, head, []).sections; // => 0
 * ```
 */
export function createMessageDecoder(schema: MessageSchema): MessageDecoder {
  const decoded = schema.parameters.map(({ cols }) => createRowGradient(cols, 0));
  const decoder: MessageDecoder = {
    rows: decoded,
    check(bytes, expected, sinks) {
      checkSinks(schema, sinks);
      const header = readMessageHeader(bytes, expected, schema);
      readSections(schema, bytes, header.sections, decoded);
      return header;
    },
    add(sinks) {
      decoded.forEach((gradient, p) => {
        const sink = sinks[p];
        if (sink !== undefined && gradient.count > 0) addRows(sink, gradient);
      });
    },
    decode(bytes, expected, sinks) {
      const header = decoder.check(bytes, expected, sinks);
      decoder.add(sinks);
      return header;
    },
  };
  return decoder;
}

/**
 * Decodes one message as {@link MessageDecoder} does.
 *
 * @throws WIRE, DESYNC and SHAPE as {@link MessageDecoder}
 *
 * ```ts doctest
 * import { createMessageSchema, decodeMessage, encodeMessage } from "@dqrm/comm";
 * import { isDqrmError } from "@dqrm/core";
 * const schema = createMessageSchema([]);
 * const out = new Uint8Array(40);
 * encodeMessage(schema, { head: { step: 7, rank: 0, world: 1 }, gradients: [], key: () => ({ seed: 1, stream: 0 }) }, out);
 * let late = false;
 * try {
 *   decodeMessage(schema, out, { step: 8, rank: 0, world: 1 }, []);
 * } catch (error) {
 *   late = isDqrmError(error, "DESYNC");
 * }
 * late; // => true
 * ```
 */
export function decodeMessage(
  schema: MessageSchema,
  bytes: Uint8Array,
  expected: ExpectedHead,
  sinks: readonly RowSink[],
): MessageHeader {
  return createMessageDecoder(schema).decode(bytes, expected, sinks);
}

/** Reads every section into its parameter's rows; the others have none. */
export function readSections(
  { parameters }: MessageSchema,
  bytes: Uint8Array,
  sections: number,
  decoded: readonly RowGradient[],
): void {
  for (const gradient of decoded) gradient.count = 0;
  const reader = createVarintReader(bytes, MESSAGE_HEADER_BYTES, bytes.length);
  let next = 0;
  for (let s = 0; s < sections; s++) {
    const at = reader.position;
    const p = reader.read();
    const count = reader.read();
    const length = reader.read();
    const begin = reader.position;
    if (p < next || p >= parameters.length)
      throw wireError(MESSAGE, at, `parameter ${p} of ${parameters.length}`);
    const { codec, cols, rows } = parameters[p];
    if (count < 1 || count > rows) throw wireError(MESSAGE, at, `${count} rows of ${rows}`);
    if (length < 0 || begin + length > bytes.length)
      throw wireError(MESSAGE, at, `a section of ${length} bytes`);
    codec.section.decodeBody({ bytes, begin, end: begin + length, count, cols, rows }, decoded[p]);
    reader.position = begin + length;
    next = p + 1;
  }
  if (reader.position !== bytes.length)
    throw wireError(MESSAGE, reader.position, "bytes behind the last section");
}

function checkSinks({ parameters }: MessageSchema, sinks: readonly RowSink[]): void {
  const op = "decodeMessage";
  const shape = (what: string, actual: number, expected: number): void => {
    if (actual !== expected) throw new DqrmError("SHAPE", { op, what, expected, actual });
  };
  shape("sinks", sinks.length, parameters.length);
  parameters.forEach(({ cols, name, rows }, p) => {
    shape(`rows of the sink of ${name}`, sinks[p].rows, rows);
    shape(`columns of the sink of ${name}`, sinks[p].cols, cols);
  });
}

import {
  createMessageDecoder,
  createMessageSchema,
  type MessageDecoder,
  type MessageSchema,
  type RowSink,
  type SectionCodec,
  type SectionSource,
} from "@dqrm/comm";
import { createRandom, isDqrmError, MAX_ROWS, type RowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { fuzzMessages, fuzzSchema } from "./fuzz-subjects.ts";
import { tryBytes, tryMutants } from "./hostile.ts";

const FLIPS = 200_000;

test("no message with one bit changed is accepted where the checksum is left as it was", () => {
  const decoder = createMessageDecoder(fuzzSchema);
  const messages = fuzzMessages();
  const random = createRandom({ seed: 5, stream: 0 });
  const outcomes = new Map<string, number>();

  for (let flip = 0; flip < FLIPS; flip++) {
    const bytes = messages[random.integer(messages.length)].slice();
    bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
    const outcome = tryBytes(decoder, bytes);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  expect([...outcomes]).toEqual([["refused", FLIPS]]);
});

test("the messages are accepted whole, and hold every coding of ids and codes by frequency", () => {
  const decoder = createMessageDecoder(fuzzSchema);
  const messages = fuzzMessages();

  expect(messages.map((bytes) => tryBytes(decoder, bytes))).toEqual(messages.map(() => "accepted"));

  // The body of the first section begins behind the parameter, the rows and a length that takes one byte or two.
  const bodies = messages.map((bytes) => bytes.subarray(bytes[42] < 0x80 ? 43 : 44));
  expect(new Set(bodies.slice(0, 48).map((body) => body[2]))).toEqual(new Set([0, 1, 2]));
  expect(new Set(bodies.slice(0, 48).map((body) => body[1] >> 7))).toEqual(new Set([0, 1]));
});

type DecodeBody = SectionCodec["decodeBody"];

/** Builds a decoder whose codecs read bodies otherwise. */
function withBodies(change: (decodeBody: DecodeBody, parameter: number) => DecodeBody): MessageDecoder {
  const { parameters } = fuzzSchema;
  const changed = parameters.map((parameter, p) => {
    const { codec } = parameter;
    const section = { ...codec.section, decodeBody: change(codec.section.decodeBody.bind(codec.section), p) };
    return { ...parameter, codec: { ...codec, section } };
  });
  const schema: MessageSchema = createMessageSchema(changed);
  return createMessageDecoder(schema);
}

/** Adds the rows of each section as soon as it is read. */
function eager(): MessageDecoder {
  let sinks: readonly RowSink[] = [];
  const decoder = withBodies((decodeBody, p) => (source, target) => {
    decodeBody(source, target);
    for (let i = 0; i < target.count; i++) sinks[p].add(target.rows[i], target.values, i * target.cols);
  });
  return {
    ...decoder,
    decode(bytes, expected, own) {
      sinks = own;
      return decoder.check(bytes, expected, own);
    },
  };
}

/** Makes room for what a section claims before it is looked at, as much as an array can have. */
function roomy(decodeBody: DecodeBody): DecodeBody {
  return (source: SectionSource, target: RowGradient) => {
    new Float32Array(Math.min(source.count * source.cols, 2 ** 27)).fill(0, 0, 1);
    decodeBody(source, target);
  };
}

describe("the mutants catch a decoder that", () => {
  test.each([
    [
      "does not check rows",
      withBodies((read) => (source, to) => {
        read({ ...source, rows: MAX_ROWS }, to);
      }),
      "row ",
    ],
    ["makes room before it checks", withBodies(roomy), "bytes of memory"],
    ["adds sections before it has checked the rest", eager(), "rows were added"],
    [
      "throws an error without a code",
      withBodies((read) => (source, to) => {
        try {
          read(source, to);
        } catch (error) {
          throw isDqrmError(error, "WIRE") ? new RangeError("no such place") : error;
        }
      }),
      "RangeError",
    ],
    [
      "passes on numbers that are none",
      withBodies((read) => (source, to) => {
        read(source, to);
        if (to.count > 3 && to.values[0] > 1e6) to.values[0] *= Infinity;
      }),
      "value Infinity",
    ],
  ] as const)("%s", (_, decoder, what) => {
    const run = { seed: 2026, first: 0, count: 20_000 };

    expect(() => tryMutants(decoder, run)).toThrow(what);
  });
});

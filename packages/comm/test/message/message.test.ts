import {
  createDenseSink,
  createMessageDecoder,
  createMessageSchema,
  encodeMessage,
  errorFeedback,
  maxMessageBytes,
  MESSAGE_HEADER_BYTES,
  rowCodec,
  topK,
  type MessageContent,
  type MessageSchema,
  type RowSink,
} from "@dqrm/comm";
import { crc32, createRandom, createRowGradient, type RowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";

const head = { step: 7, rank: 1, world: 4 };
const key = (parameter: number): { seed: number; stream: number } => ({ seed: 1, stream: parameter });

const int8 = rowCodec({ values: "int8", scale: { kind: "tensor" }, rounding: "nearest", entropy: true });
const int4 = rowCodec({ values: "int4", scale: { kind: "row" }, rounding: "stochastic", entropy: false });
const largest = topK({ share: 0.1, values: "int8", rounding: "nearest", entropy: true });

function schemaOf(rows = 1000): MessageSchema {
  return createMessageSchema([
    { name: "users", rows, cols: 4, codec: int8 },
    { name: "shops", rows: 30, cols: 4, codec: int4 },
    { name: "layer", rows: 8, cols: 16, codec: largest },
  ]);
}

function gradientOf(rows: readonly number[], cols: number): RowGradient {
  const random = createRandom({ seed: cols, stream: rows.length });
  const gradient = createRowGradient(cols, rows.length);
  gradient.count = rows.length;
  gradient.rows.set(rows);
  for (let i = 0; i < rows.length * cols; i++) gradient.values[i] = random.normal();
  return gradient;
}

const gradients = [
  gradientOf([900, 3, 17], 4),
  gradientOf([], 4),
  gradientOf([...Array.from({ length: 8 }).keys()], 16),
];

function encoded(schema: MessageSchema, own: readonly RowGradient[] = gradients): Uint8Array {
  const out = new Uint8Array(maxMessageBytes(schema, own));
  return out.slice(0, encodeMessage(schema, { head, gradients: own, key }, out));
}

function sinksOf(schema: MessageSchema): {
  readonly sums: readonly Float32Array[];
  readonly sinks: readonly RowSink[];
} {
  const sums = schema.parameters.map(({ cols, rows }) => new Float32Array(rows * cols));
  return { sums, sinks: schema.parameters.map(({ cols, rows }, p) => createDenseSink(sums[p], rows, cols)) };
}

/** Gives a finite gradient whose encoder has lost as much before, so that the sum is infinite. */
function infiniteSum(): MessageContent & { readonly schema: MessageSchema; readonly out: Uint8Array } {
  const schema = createMessageSchema([{ name: "layer", rows: 1, cols: 4, codec: int8 }]);
  const gradient = gradientOf([0], 4);
  gradient.values[2] = 2 ** 127;
  const feedback = errorFeedback(int8, { rows: 1, cols: 4 });
  feedback.state[0][2] = 2 ** 127;
  const own = { head, gradients: [gradient], key, encoders: [feedback] };
  return { ...own, schema, out: new Uint8Array(maxMessageBytes(schema, [gradient])) };
}

/** Makes the checksum right again after a change. */
function sealed(bytes: Uint8Array, change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  change(view, copy);
  view.setUint32(36, crc32(copy.subarray(MESSAGE_HEADER_BYTES), crc32(copy.subarray(0, 36))), true);
  return copy;
}

describe("a message", () => {
  test("holds each gradient as its codec's payload does", () => {
    const schema = schemaOf();
    const { sinks, sums } = sinksOf(schema);

    const header = createMessageDecoder(schema).decode(encoded(schema), head, sinks);

    const alone = new Float32Array(4000);
    const payload = new Uint8Array(int8.maxBytes(3, 4));
    const bytes = int8.encode(gradients[0], payload, key(0));
    int8.decode(payload.subarray(0, bytes), createDenseSink(alone, 1000, 4));
    expect(header).toEqual({ ...head, nonFinite: false, sections: 2 });
    expect(sums[0]).toEqual(alone);
    expect(sums[1].every((value) => value === 0)).toBe(true);
    expect(sums[2].filter((value) => value !== 0)).toHaveLength(13);
  });

  test("is these bytes", () => {
    const float = rowCodec({
      values: "float32",
      scale: { kind: "tensor" },
      rounding: "nearest",
      entropy: false,
    });
    const schema = createMessageSchema([{ name: "t", rows: 300, cols: 1, codec: float }]);
    const one = createRowGradient(1, 1);
    one.rows[0] = 258;
    one.values[0] = 1;
    one.count = 1;

    const bytes = encoded(schema, [one]);

    // "DQG1", version 1, no flags, 40 bytes of header; the hash; step 7, rank 1 of 4, one section, 53 bytes, status 0.
    expect([...bytes.subarray(0, 8)]).toEqual([0x44, 0x51, 0x47, 0x31, 1, 0, 40, 0]);
    expect([...bytes.subarray(16, 36)]).toEqual([
      7, 0, 0, 0, 1, 0, 4, 0, 1, 0, 0, 0, 53, 0, 0, 0, 0, 0, 0, 0,
    ]);
    // Parameter 0, 1 row, 10 bytes: float32 (0), grouping 0, ids as varints (1) in 2 bytes: 258 = 0x82 0x02, 1.0f.
    expect([...bytes.subarray(40)]).toEqual(
      [0, 1, 10, 0, 0, 1, 2, 0x82, 0x02, 0, 0, 0x80, 0x3f].slice(0, 14),
    );
  });

  test("of a gradient with a NaN says so and holds nothing", () => {
    const schema = schemaOf();
    const broken = gradientOf([5], 4);
    broken.values[2] = Number.NaN;
    const { sinks, sums } = sinksOf(schema);

    const bytes = encoded(schema, [broken, gradients[1], gradients[2]]);

    expect(bytes).toHaveLength(MESSAGE_HEADER_BYTES);
    expect(createMessageDecoder(schema).decode(bytes, head, sinks).nonFinite).toBe(true);
    expect(sums.every((sum) => sum.every((value) => value === 0))).toBe(true);
  });

  test("whose last gradient has an infinity says so and holds none of the others", () => {
    const schema = schemaOf();
    const broken = gradientOf([...Array.from({ length: 8 }).keys()], 16);
    broken.values[100] = -Infinity;

    const bytes = encoded(schema, [gradients[0], gradients[1], broken]);

    expect(bytes).toHaveLength(MESSAGE_HEADER_BYTES);
    expect(createMessageDecoder(schema).decode(bytes, head, sinksOf(schema).sinks).nonFinite).toBe(true);
  });

  test("says so where the sum with what was lost before is infinite", () => {
    const { out, schema, ...content } = infiniteSum();

    const bytes = encodeMessage(schema, content, out);

    const sinks = [createDenseSink(new Float32Array(4), 1, 4)];
    expect(bytes).toBe(MESSAGE_HEADER_BYTES);
    expect(createMessageDecoder(schema).decode(out.subarray(0, bytes), head, sinks).nonFinite).toBe(true);
  });

  test("cannot say so of a part of a gradient that is known to be finite", () => {
    const { out, schema, ...content } = infiniteSum();

    expect(() => encodeMessage(schema, { ...content, nonFinite: false }, out)).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
  });

  test.each([
    ["step", { ...head, step: 8 }, schemaOf()],
    ["rank", { ...head, rank: 2 }, schemaOf()],
    ["world", { ...head, world: 5 }, schemaOf()],
    ["model", head, schemaOf(1001)],
  ] as const)("of another %s is out of step, and named so", (what, expected, schema) => {
    const { sinks } = sinksOf(schema);

    expect(() => createMessageDecoder(schema).decode(encoded(schemaOf()), expected, sinks)).toThrow(
      expect.objectContaining({ code: "DESYNC", message: expect.stringContaining(`: ${what} is`) as string }),
    );
  });

  test("of another version is out of step", () => {
    const schema = schemaOf();
    const bytes = sealed(encoded(schema), (view) => {
      view.setUint8(4, 2);
    });

    expect(() => createMessageDecoder(schema).decode(bytes, head, sinksOf(schema).sinks)).toThrow(
      "rank 1 at step 7: version is 2, expected 1",
    );
  });

  test("that repeats a parameter, or names one that is not there, is refused", () => {
    const schema = schemaOf();
    const message = encoded(schema);

    for (const id of [2, 3, 127]) {
      const bytes = sealed(message, (_, copy) => {
        copy[MESSAGE_HEADER_BYTES] = id;
      });
      const { sinks, sums } = sinksOf(schema);
      expect(() => createMessageDecoder(schema).decode(bytes, head, sinks)).toThrow(
        expect.objectContaining({ code: "WIRE" }),
      );
      expect(sums.every((sum) => sum.every((value) => value === 0))).toBe(true);
    }
  });

  test("with any one bit changed is refused, and adds nothing", () => {
    const schema = schemaOf();
    const message = encoded(schema);
    const decoder = createMessageDecoder(schema);
    const { sinks, sums } = sinksOf(schema);

    for (let bit = 0; bit < 8 * message.length; bit++) {
      const damaged = message.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decoder.decode(damaged, head, sinks)).toThrow(expect.objectContaining({ code: "WIRE" }));
    }

    expect(sums.every((sum) => sum.every((value) => value === 0))).toBe(true);
  });
});

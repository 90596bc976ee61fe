import {
  allGather,
  createDenseSink,
  createExchange,
  createMemoryTransports,
  createMessageSchema,
  rowCodec,
  type MessageSchema,
  type Transport,
} from "@dqrm/comm";
import { createRandom, createRowGradient, type RowGradient } from "@dqrm/core";
import { afterEach, expect } from "vitest";
import { glooTest, openInProcess } from "./gloo-under-test.ts";

const opened: Transport[] = [];

async function open(size: number): Promise<readonly Transport[]> {
  const group = await openInProcess(size);
  opened.push(...group);
  return group;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((end) => end.close()));
});

glooTest("four ranks gather messages of 5 MB", async () => {
  const group = await open(4);
  const messages = group.map(({ rank }) => new Uint8Array(5_000_000).fill(rank + 1));

  const gathered = await Promise.all(group.map((end, rank) => allGather(end, messages[rank])));

  for (const parts of gathered) {
    parts.forEach((bytes, rank) => {
      expect(Buffer.compare(bytes, messages[rank])).toBe(0);
    });
  }
});

glooTest("10,000 tiny messages arrive in order", async () => {
  const [a, b] = await open(2);
  const count = 10_000;

  for (let i = 0; i < count; i++) await a.send(1, Uint8Array.of(i & 0xff, i >> 8));

  for (let i = 0; i < count; i++) {
    const [low, high] = await b.receive(0);
    if (low + high * 256 !== i) throw new Error(`message ${low + high * 256} came at the place of ${i}`);
  }
});

/** As in native/frame.h: a message's length travels in its first chunk. */
const CHUNK_BYTES = 65_536;
const FIRST_BYTES = CHUNK_BYTES - 8;

/** Bytes that are not the same in the next chunk. */
function pattern(length: number, from: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i + (i >> 16) + from;
  return bytes;
}

glooTest("messages around the lengths of chunks arrive whole", async () => {
  const [a, b] = await open(2);
  const whole = [1, 2, 15, 16, 17, 33].map((chunks) => FIRST_BYTES + (chunks - 1) * CHUNK_BYTES);

  for (const length of whole.flatMap((bytes) => [bytes - 1, bytes, bytes + 1])) {
    const bytes = pattern(length, 0);
    await a.send(1, bytes);
    expect(Buffer.compare(await b.receive(0), bytes)).toBe(0);
  }
});

glooTest(
  "both ends of a pair send many chunks at the same time, and messages of all lengths between",
  async () => {
    const [a, b] = await open(2);
    const lengths = [5_000_000, 0, 1, CHUNK_BYTES, 3_000_001, 8, 2_000_000];

    const received = await Promise.all(
      [a, b].map(async (end) => {
        await Promise.all(lengths.map((length) => end.send(1 - end.rank, pattern(length, end.rank))));
        const messages: Uint8Array[] = [];
        while (messages.length < lengths.length) messages.push(await end.receive(1 - end.rank));
        return messages;
      }),
    );

    received.forEach((messages, rank) => {
      messages.forEach((bytes, i) => {
        expect(Buffer.compare(bytes, pattern(lengths[i], 1 - rank))).toBe(0);
      });
    });
  },
);

glooTest("what a rank sent is received although that rank closes with messages for it unread", async () => {
  const [a, b] = await open(2);
  await b.send(0, new Uint8Array(3_000_000));
  await a.send(1, new Uint8Array(3_000_000).fill(5));

  await a.close();

  const received = await b.receive(0);
  expect([received.length, received[2_999_999]]).toEqual([3_000_000, 5]);
});

const rows = 40;
const cols = 4;
const codec = rowCodec({ values: "int4", scale: { kind: "row" }, rounding: "stochastic", entropy: true });
const schema = createMessageSchema([{ name: "table", rows, cols, codec }]);

/** A layer whose rows are summed by all workers between them, or by each worker all. */
const layer = { rows: 300, cols: 200 };
const floats = rowCodec({
  values: "float32",
  scale: { kind: "tensor" },
  rounding: "nearest",
  entropy: false,
});
const layerSchema = (owners: { readonly owners?: "rows" }): MessageSchema =>
  createMessageSchema([{ name: "layer", ...layer, codec: floats, ...owners }]);

/** Adds what `group.length` workers exchange in ten steps. */
async function sums(group: readonly Transport[]): Promise<readonly Float32Array[]> {
  const shards = 6;
  return Promise.all(
    group.map(async (transport) => {
      const exchange = createExchange({ transport, schema, shards, seed: 9 });
      const [first, end] = exchange.ownShards;
      const sum = new Float32Array(rows * cols);
      for (let step = 0; step < 10; step++) {
        const own = Array.from({ length: end - first }, (_, s) => [shardGradient(step, first + s)]);
        await exchange.step(step, own, [createDenseSink(sum, rows, cols)]);
      }
      return sum;
    }),
  );
}

function shardGradient(step: number, shard: number): RowGradient {
  const random = createRandom({ seed: step, stream: shard });
  const gradient = createRowGradient(cols, 3);
  gradient.count = 3;
  gradient.rows.set([shard, shard + 10, shard + 20]);
  gradient.values.forEach((_, i) => (gradient.values[i] = random.normal()));
  return gradient;
}

for (const size of [2, 3]) {
  glooTest(`${size} ranks exchange gradients with the bits of memory transports`, async () => {
    const expected = await sums(createMemoryTransports(size));

    const actual = await sums(await open(size));

    expect(actual).toEqual(expected);
    expect(expected[0].some((value) => value !== 0)).toBe(true);
  });
}

/** Sums a layer's gradients of four shards in three steps; gives the sums, and the bytes to each other worker. */
async function layerSums(
  group: readonly Transport[],
  owners: { readonly owners?: "rows" },
): Promise<readonly { readonly sums: readonly Float32Array[]; readonly sentBytes: number }[]> {
  return Promise.all(
    group.map(async (transport) => {
      const exchange = createExchange({ transport, schema: layerSchema(owners), shards: 4, seed: 9 });
      const [first, end] = exchange.ownShards;
      const sums: Float32Array[] = [];
      let sentBytes = 0;
      for (let step = 0; step < 3; step++) {
        const own = Array.from({ length: end - first }, (_, s) => [layerGradient(step, first + s)]);
        const sum = new Float32Array(layer.rows * layer.cols);
        const report = await exchange.step(step, own, [createDenseSink(sum, layer.rows, layer.cols)]);
        sums.push(sum);
        sentBytes += report.sentBytes;
      }
      return { sums, sentBytes };
    }),
  );
}

function layerGradient(step: number, shard: number): RowGradient {
  const random = createRandom({ seed: step, stream: shard });
  const gradient = createRowGradient(layer.cols, layer.rows);
  gradient.count = layer.rows;
  gradient.rows.forEach((_, i) => (gradient.rows[i] = i));
  gradient.values.forEach((_, i) => (gradient.values[i] = random.normal()));
  return gradient;
}

glooTest(
  "four ranks that sum a layer between them have the bits of all that sum it, for half the bytes",
  async () => {
    const [expected] = await layerSums(createMemoryTransports(1), {});
    const gathered = await layerSums(await open(4), {});

    const owned = await layerSums(await open(4), { owners: "rows" });

    for (const { sums } of [...gathered, ...owned]) {
      sums.forEach((sum, step) => {
        expect(Buffer.compare(bytesOf(sum), bytesOf(expected.sums[step]))).toBe(0);
      });
    }
    // A quarter to its owner, and a quarter of sums, in the place of all.
    for (const [rank, { sentBytes }] of owned.entries()) {
      expect(sentBytes / gathered[rank].sentBytes).toBeCloseTo(1 / 2, 1);
    }
  },
);

function bytesOf({ buffer, byteLength, byteOffset }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

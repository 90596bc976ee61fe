import {
  createDenseSink,
  createExchange,
  createMemoryTransports,
  createMessageSchema,
  createPortTransport,
  encodeMessage,
  errorFeedback,
  lowRank,
  maxMessageBytes,
  rowCodec,
  topK,
  watched,
  type ChannelPort,
  type ExchangeReport,
  type MessageParameter,
  type MessageSchema,
  type SectionedCodec,
  type Transport,
} from "@dqrm/comm";
import { createRandom, createRowGradient, type RowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { divideRows } from "../../src/message/owned-rows.ts";
import { seededSchema } from "../../src/message/seeded-schema.ts";

const nearest = { rounding: "nearest", entropy: false } as const;
const float32 = rowCodec({ values: "float32", scale: { kind: "tensor" }, ...nearest });
const bfloat16 = rowCodec({ values: "bfloat16", scale: { kind: "tensor" }, ...nearest });
const int8 = rowCodec({ values: "int8", scale: { kind: "block", values: 16 }, ...nearest });
const byRow = rowCodec({ values: "int4", scale: { kind: "row" }, rounding: "stochastic", entropy: true });
const largest = topK({ share: 0.2, values: "int8", ...nearest });
const narrow = lowRank({ rank: 2, values: "float32" });

const table = { name: "table", rows: 20, cols: 4, codec: byRow };
const shapes = [
  { name: "first", rows: 13, cols: 7 },
  { name: "bias", rows: 13, cols: 1 },
  { name: "second", rows: 40, cols: 13 },
];
const SEED = 9;

interface Case {
  readonly codec: SectionedCodec;
  readonly owners: "one" | "rows";
  readonly feedback: boolean;
}

/** A table that all workers sum, and layers that have owners, or not. */
function parametersOf({ codec, owners }: Case, owned: boolean): readonly MessageParameter[] {
  return [table, ...shapes.map((shape) => ({ ...shape, codec, ...(owned ? { owners } : {}) }))];
}

/** Makes the gradients of one shard at one step; the second shard has no samples in every third step. */
function shardGradients(step: number, shard: number): readonly RowGradient[] {
  const random = createRandom({ seed: step, stream: shard });
  const rows = createRowGradient(table.cols, 3);
  rows.rows.set([shard, shard + 5, shard + 10]);
  const layers = shapes.map(({ cols, rows: count }) => {
    const gradient = createRowGradient(cols, count);
    gradient.rows.forEach((_, i) => (gradient.rows[i] = i));
    return gradient;
  });
  const all = [rows, ...layers];
  for (const gradient of all) {
    gradient.count = shard === 1 && step % 3 === 2 ? 0 : gradient.rows.length;
    gradient.values.forEach((_, i) => (gradient.values[i] = random.normal()));
  }
  return all;
}

interface Trained {
  readonly sums: readonly (readonly Float32Array[])[];
  readonly reports: readonly ExchangeReport[];
}

interface Training {
  readonly schema: MessageSchema;
  readonly feedback?: boolean;
  readonly steps?: number;
  readonly shards?: number;
  readonly change?: (gradients: readonly RowGradient[], step: number, shard: number) => void;
}

/** Exchanges some steps on one end; gives the sums of each. */
async function follow(transport: Transport, training: Training): Promise<Trained> {
  const { change, feedback = false, schema, shards = 4, steps = 5 } = training;
  const encoders = Array.from({ length: shards / transport.size }, () =>
    schema.parameters.map(({ codec, cols, name, rows }) =>
      feedback && name !== "table" ? errorFeedback(codec, { rows, cols }) : undefined,
    ),
  );
  const exchange = createExchange({ transport, schema, shards, seed: SEED, encoders });
  const [first, end] = exchange.ownShards;
  const trained: { sums: Float32Array[][]; reports: ExchangeReport[] } = { sums: [], reports: [] };
  for (let step = 0; step < steps; step++) {
    const own = Array.from({ length: end - first }, (_, s) => shardGradients(step, first + s));
    own.forEach((gradients, s) => change?.(gradients, step, first + s));
    const sums = schema.parameters.map(({ cols, rows }) => new Float32Array(rows * cols));
    const sinks = schema.parameters.map(({ cols, rows }, p) => createDenseSink(sums[p], rows, cols));
    trained.reports.push(await exchange.step(step, own, sinks));
    trained.sums.push(sums);
  }
  return trained;
}

function train(workers: number, training: Training): Promise<readonly Trained[]> {
  return Promise.all(createMemoryTransports(workers).map((end) => follow(end, training)));
}

const cases = {
  "floats by rows": { codec: float32, owners: "rows", feedback: false },
  "bfloat16 by rows": { codec: bfloat16, owners: "rows", feedback: false },
  "INT4 with scales of rows, by rows": { codec: byRow, owners: "rows", feedback: false },
  "INT8 in blocks with error feedback, whole": { codec: int8, owners: "one", feedback: true },
  "the largest values with error feedback, whole": { codec: largest, owners: "one", feedback: true },
  "narrow matrices, whole": { codec: narrow, owners: "one", feedback: false },
} as const satisfies Record<string, Case>;

describe("sums of owners are the bits of sums of all:", () => {
  test.each(Object.entries(cases))("%s", async (_, one) => {
    const [gathered, owned] = [false, true].map((owners) => createMessageSchema(parametersOf(one, owners)));
    const [expected] = await train(1, { schema: gathered, feedback: one.feedback });

    for (const workers of [1, 2, 4]) {
      for (const { sums } of await train(workers, { schema: owned, feedback: one.feedback })) {
        expect(sums).toEqual(expected.sums);
      }
    }
    expect(expected.sums[0][1].some((value) => value !== 0)).toBe(true);
  });

  test("over channels of threads", async () => {
    const [gathered, owned] = [false, true].map((owners) =>
      createMessageSchema(parametersOf(cases["floats by rows"], owners)),
    );
    const [expected] = await train(1, { schema: gathered });
    const ends = connectPorts(4);

    const trained = await Promise.all(ends.map((end) => follow(end, { schema: owned })));

    for (const { sums } of trained) expect(sums).toEqual(expected.sums);
    await Promise.all(ends.map((end) => end.close()));
  });
});

function connectPorts(size: number): readonly Transport[] {
  const ports = Array.from({ length: size }, () => new Array<ChannelPort | undefined>(size).fill(undefined));
  for (let a = 0; a < size; a++) {
    for (let b = a + 1; b < size; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a][b] = port1;
      ports[b][a] = port2;
    }
  }
  return ports.map((own, rank) => createPortTransport({ rank, ports: own }));
}

const gathered = createMessageSchema(parametersOf(cases["floats by rows"], false));
const owned = createMessageSchema(parametersOf(cases["floats by rows"], true));

describe("with owners", () => {
  test("four workers send and receive fewer bytes, and what one sends the others receive", async () => {
    const [all, some] = await Promise.all([train(4, { schema: gathered }), train(4, { schema: owned })]);

    // Of the layers two halves of a message go to the three others, in place of three messages.
    const bytesOf = (trained: readonly Trained[], field: "sentBytes" | "receivedBytes"): number =>
      trained.reduce((sum, { reports }) => sum + reports[0][field], 0) / trained.length;
    expect(bytesOf(some, "sentBytes")).toBeLessThan(0.65 * bytesOf(all, "sentBytes"));
    expect(bytesOf(some, "receivedBytes")).toBeCloseTo(3 * bytesOf(some, "sentBytes"), 6);
    expect(bytesOf(all, "receivedBytes")).toBeCloseTo(3 * bytesOf(all, "sentBytes"), 6);
  });

  test("every worker skips the step in which the gradient of one has a NaN, wherever it stands", async () => {
    for (const place of [0, 1, 90, 610]) {
      const trained = await train(4, {
        schema: owned,
        change([rows, ...layers], step, shard) {
          if (step !== 3 || shard !== 2) return;
          const values = [rows, ...layers].map((gradient) => gradient.values);
          let at = place;
          const target = values.find(({ length }) => at < length || ((at -= length), false));
          if (target !== undefined) target[at] = Number.NaN;
        },
      });

      for (const { reports, sums } of trained) {
        expect(reports.map(({ nonFinite }) => nonFinite)).toEqual([[], [], [], [2], []]);
        expect(sums[3].flatMap((sum) => [...sum]).every((value) => value === 0)).toBe(true);
        expect(sums[4]).toEqual(trained[0].sums[4]);
      }
    }
  });

  test("every worker skips the step in which a sum is beyond all floats", async () => {
    const trained = await train(4, {
      schema: owned,
      change([, , , second], step) {
        if (step === 1) second.values.fill(3e38, 5, 6);
      },
    });

    for (const { reports, sums } of trained) {
      expect(reports.map(({ nonFinite }) => nonFinite.length)).toEqual([0, 4, 0, 0, 0]);
      expect(sums[1].flatMap((sum) => [...sum]).every((value) => value === 0)).toBe(true);
    }
  });

  test("a worker that sums otherwise is found by all in the same step", async () => {
    const results = await Promise.allSettled(
      createMemoryTransports(3).map((end) =>
        follow(end, { schema: end.rank === 1 ? gathered : owned, shards: 3 }),
      ),
    );

    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: "DESYNC", details: { what: "model", step: 0 } } });
    }
  });

  test("a worker that is lost before it has sent its sum is named, with the step", async () => {
    const startTimer = (): (() => void) => () => undefined;
    const ends = createMemoryTransports(4).map((end): Transport => {
      const watching = watched(end, { timeoutMs: Infinity, startTimer });
      if (end.rank !== 2) return watching;
      let left = 2 * 3 * 2 + 3;
      return {
        ...watching,
        send: async (to, bytes, signal) => {
          if (left-- === 0) await end.close();
          await watching.send(to, bytes, signal);
        },
      };
    });

    const results = await Promise.allSettled(ends.map((end) => follow(end, { schema: owned })));

    for (const [rank, result] of results.entries()) {
      if (rank === 2) continue;
      expect(result).toMatchObject({ reason: { code: "PEER", details: { peer: 2, step: 2 } } });
    }
  });
});

describe("bytes of a peer that does not keep to its rows are refused before a sink has changed:", () => {
  const ranges = divideRows(owned.parameters, 2);
  const whole = shardGradients(0, 1);

  /** Lets rank 1 send one message in the place of its first or second, and gives the error of rank 0. */
  async function forge(which: "gradients" | "sums", bytes: Uint8Array): Promise<unknown> {
    const [own, other] = createMemoryTransports(2);
    let sent = 0;
    const forging: Transport = {
      ...other,
      send: (to, honest, signal) =>
        other.send(to, sent++ === (which === "gradients" ? 0 : 1) ? bytes : honest, signal),
    };
    const step = async (transport: Transport): Promise<readonly Float32Array[]> => {
      const sums = owned.parameters.map(({ cols, rows }) => new Float32Array(rows * cols));
      const sinks = owned.parameters.map(({ cols, rows }, p) => createDenseSink(sums[p], rows, cols));
      const exchange = createExchange({ transport, schema: owned, shards: 2, seed: SEED });
      await exchange.step(0, [shardGradients(0, transport.rank)], sinks).catch((error: unknown) => {
        if (transport === own) expect(sums.every((sum) => sum.every((value) => value === 0))).toBe(true);
        throw error;
      });
      return sums;
    };
    void step(forging).catch(() => undefined);
    const error = await step(own).catch((reason: unknown) => reason);
    await other.close();
    return error;
  }

  function encode(schema: MessageSchema, gradients: readonly RowGradient[]): Uint8Array {
    const out = new Uint8Array(maxMessageBytes(schema, gradients));
    const head = { step: 0, rank: 1, world: 2 };
    const key = () => ({ seed: SEED, stream: 0 });
    return out.slice(0, encodeMessage(seededSchema(schema, SEED), { head, gradients, key }, out));
  }

  test("rows that another worker sums", async () => {
    expect(await forge("gradients", encode(owned, whole))).toMatchObject({ code: "WIRE" });
  });

  test.each([
    ["sums without the last row", 0, -1],
    ["sums of too many rows", -1, 0],
  ])("%s", async (_, before, behind) => {
    const schema = owned.sums;
    if (schema === undefined) throw new Error("no sums");
    const [, ...layers] = whole;
    const parts = layers.map((gradient, i): RowGradient => {
      const [begin, end] = ranges[1][i + 1] ?? [0, 0];
      if (begin === end) return { ...gradient, count: 0 };
      const [from, to] = [Math.max(0, begin + before), end + behind];
      const values = gradient.values.subarray(from * gradient.cols, to * gradient.cols);
      return { ...gradient, count: to - from, rows: gradient.rows.subarray(from, to), values };
    });

    expect(await forge("sums", encode(schema, parts))).toMatchObject({ code: "WIRE" });
  });
});

describe("rows are divided among workers", () => {
  const wide = (owners: "one" | "rows"): readonly MessageParameter[] =>
    parametersOf({ ...cases["floats by rows"], owners }, true);

  test.each(["one", "rows"] as const)("each once and in order, %s", (owners) => {
    const parameters = wide(owners);
    for (let workers = 1; workers <= 70; workers++) {
      const ranges = divideRows(parameters, workers);

      parameters.forEach(({ owners: any, rows }, p) => {
        if (any === undefined) return;
        let next = 0;
        for (const own of ranges) {
          const [begin, end] = own[p] ?? [-1, -1];
          expect(begin).toBe(next);
          expect(end).toBeGreaterThanOrEqual(begin);
          next = end;
        }
        expect(next).toBe(rows);
      });
    }
  });

  test("as evenly as a row allows", () => {
    const parameters = wide("rows");
    const total = shapes.reduce((sum, { cols, rows }) => sum + rows * cols, 0);
    for (let workers = 1; workers <= 8; workers++) {
      for (const own of divideRows(parameters, workers)) {
        const values = own.reduce(
          (sum, range, p) => sum + (range === undefined ? 0 : range[1] - range[0]) * parameters[p].cols,
          0,
        );
        // At either end of a share a row of at most 13 values is its own or its neighbour's.
        expect(Math.abs(values - total / workers)).toBeLessThanOrEqual(13);
      }
    }
  });
});

test("rows of a codec that sends them together cannot have owners of their own", () => {
  expect(() => createMessageSchema(parametersOf({ ...cases["floats by rows"], codec: int8 }, true))).toThrow(
    /owners of first is "rows", expected "one"/,
  );
});

test("an encoder that needs whole parameters cannot have rows with owners of their own", () => {
  const [transport] = createMemoryTransports(1);
  const encoders = [[undefined, errorFeedback(float32, shapes[0]), undefined, undefined]];

  expect(() => createExchange({ transport, schema: owned, shards: 1, seed: 1, encoders })).toThrow(
    /owners of first is "rows", expected "one"/,
  );
});

test("a gradient of some rows has no owner", async () => {
  const [transport] = createMemoryTransports(1);
  const exchange = createExchange({ transport, schema: owned, shards: 1, seed: 1 });
  const gradients = shardGradients(0, 0);
  gradients[1].count = 2;

  expect(() => exchange.begin(0).send(gradients)).toThrow(expect.objectContaining({ code: "SHAPE" }));
});

import {
  createDenseSink,
  createExchange,
  createMemoryTransports,
  createMessageSchema,
  errorFeedback,
  rowCodec,
  type ExchangeReport,
  type Transport,
} from "@dqrm/comm";
import { createRandom, createRowGradient, type RowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";

const rows = 20;
const cols = 4;
const layer = { rows: 6, cols: 8 };
const codec = rowCodec({ values: "int4", scale: { kind: "row" }, rounding: "stochastic", entropy: true });
const signs = rowCodec({ values: "sign", scale: { kind: "tensor" }, rounding: "nearest", entropy: false });
const schema = createMessageSchema([
  { name: "table", rows, cols, codec },
  { name: "layer", ...layer, codec: signs },
]);
/** The same in two messages. */
const twofold = createMessageSchema([
  { name: "table", rows, cols, codec },
  { name: "layer", ...layer, codec: signs, beginsMessage: true },
]);

/** Makes the gradients of one shard at one step. */
function shardGradients(step: number, shard: number): readonly RowGradient[] {
  const random = createRandom({ seed: step, stream: shard });
  const table = createRowGradient(cols, 3);
  table.count = 3;
  table.rows.set([shard, shard + 5, shard + 10]);
  table.values.forEach((_, i) => (table.values[i] = random.normal()));
  const dense = createRowGradient(layer.cols, layer.rows);
  dense.count = layer.rows;
  dense.rows.forEach((_, i) => (dense.rows[i] = i));
  dense.values.forEach((_, i) => (dense.values[i] = random.normal()));
  return [table, dense];
}

const STEPS = [...Array.from({ length: 12 }).keys()];

interface Trained {
  readonly weights: Float32Array;
  readonly reports: readonly ExchangeReport[];
}

/** Lets a group train for some steps with four shards; gives the weights of each worker. */
async function train(
  workers: number,
  steps: readonly number[] = STEPS,
  change: (gradients: readonly RowGradient[], step: number, shard: number) => void = () => undefined,
  schemaOf = schema,
): Promise<readonly Trained[]> {
  return Promise.all(
    createMemoryTransports(workers).map(async (transport): Promise<Trained> => {
      const feedback = Array.from({ length: 4 / workers }, () => [undefined, errorFeedback(signs, layer)]);
      const exchange = createExchange({
        transport,
        schema: schemaOf,
        shards: 4,
        seed: 9,
        encoders: feedback,
      });
      const [first, end] = exchange.ownShards;
      const weights = new Float32Array(rows * cols + layer.rows * layer.cols);
      const parts = [weights.subarray(0, rows * cols), weights.subarray(rows * cols)];
      const sinks = [
        createDenseSink(parts[0], rows, cols),
        createDenseSink(parts[1], layer.rows, layer.cols),
      ];
      const reports: ExchangeReport[] = [];
      for (const step of steps) {
        const own = Array.from({ length: end - first }, (_, s) => shardGradients(step, first + s));
        own.forEach((gradients, s) => {
          change(gradients, step, first + s);
        });
        reports.push(await exchange.step(step, own, sinks));
      }
      return { weights, reports };
    }),
  );
}

describe("an exchange", () => {
  test("gives the same bits on one, two and four workers, random rounding and error feedback included", async () => {
    const [one, two, four] = await Promise.all([train(1), train(2), train(4)]);

    for (const { weights } of [...two, ...four]) expect(weights).toEqual(one[0].weights);
    expect(one[0].weights.some((weight) => weight !== 0)).toBe(true);
  });

  test("skips a step on every worker when the gradient of one has a NaN, as if it had never been", async () => {
    const [first, second] = await train(2, STEPS, ([table], step, shard) => {
      if (step === 5 && shard === 3) table.values[1] = Number.NaN;
    });
    const [without] = await train(
      2,
      STEPS.filter((step) => step !== 5),
    );

    expect([first, second].map(({ reports }) => reports[5].nonFinite)).toEqual([[3], [3]]);
    expect(first.weights).toEqual(without.weights);
    expect(second.weights).toEqual(without.weights);
  });

  test("gives the same bits in several messages as in one, for 40 bytes more of a shard", async () => {
    const [[one], several] = await Promise.all([train(2), train(2, STEPS, () => undefined, twofold)]);

    for (const { weights } of several) expect(weights).toEqual(one.weights);
    expect(several[0].reports[0].sentBytes).toBe(one.reports[0].sentBytes + 2 * 40);
  });

  test.each([
    ["first", 0],
    ["second", 1],
  ])("skips all messages of a step when the %s of one shard has a NaN", async (_, part) => {
    const spoil = (gradients: readonly RowGradient[], step: number, shard: number): void => {
      if (step === 5 && shard === 2) gradients[part].values[1] = Number.NaN;
    };
    const workers = await train(2, STEPS, spoil, twofold);
    const [without] = await train(
      2,
      STEPS.filter((step) => step !== 5),
    );

    for (const { reports, weights } of workers) {
      expect(reports[5].nonFinite).toEqual([2]);
      expect(weights).toEqual(without.weights);
    }
  });

  test("counts the bytes that moved", async () => {
    const [first, second] = await train(2);

    first.reports.forEach(({ receivedBytes, sentBytes }, step) => {
      expect(sentBytes).toBe(second.reports[step].receivedBytes);
      expect(receivedBytes).toBe(second.reports[step].sentBytes);
    });
  });

  test("tells every worker in the very step that one is a step ahead", async () => {
    const transports = createMemoryTransports(3);
    const results = await Promise.allSettled(
      transports.map(async (transport) => {
        const exchange = createExchange({ transport, schema, shards: 3, seed: 9 });
        const sums = [new Float32Array(rows * cols), new Float32Array(layer.rows * layer.cols)];
        const sinks = [
          createDenseSink(sums[0], rows, cols),
          createDenseSink(sums[1], layer.rows, layer.cols),
        ];
        const step = transport.rank === 1 ? 8 : 7;
        try {
          await exchange.step(step, [shardGradients(step, transport.rank)], sinks);
        } finally {
          expect(sums.every((sum) => sum.every((value) => value === 0))).toBe(true);
        }
      }),
    );

    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "DESYNC" } });
    }
  });

  test.each([10, 9 + 2 ** 32])(
    "tells every worker in the very step that one has seed %s, not 9",
    async (seed) => {
      const added: number[] = [];
      const results = await Promise.allSettled(
        createMemoryTransports(3).map(async (transport) => {
          const own = transport.rank === 1 ? seed : 9;
          const exchange = createExchange({ transport, schema, shards: 3, seed: own });
          const sinks = [{ rows, cols }, layer].map((shape) => ({
            ...shape,
            add: (row: number) => added.push(row),
          }));
          await exchange.step(7, [shardGradients(7, transport.rank)], sinks);
        }),
      );

      for (const result of results) {
        expect(result).toMatchObject({
          status: "rejected",
          reason: { code: "DESYNC", details: { what: "model" } },
        });
      }
      expect(added).toEqual([]);
    },
  );

  test.each([
    [
      "another model",
      createMessageSchema([
        { name: "table", rows: rows + 1, cols, codec },
        { name: "layer", ...layer, codec: signs },
      ]),
    ],
    ["more messages", twofold],
  ])("tells every worker in the very step that one has %s, before anything is added", async (_, other) => {
    const added: number[] = [];
    const results = await Promise.allSettled(
      createMemoryTransports(3).map(async (transport) => {
        const own = transport.rank === 1 ? other : schema;
        const exchange = createExchange({ transport, schema: own, shards: 3, seed: 9 });
        const sinks = own.parameters.map((shape) => ({
          rows: shape.rows,
          cols: shape.cols,
          add: (row: number) => added.push(row),
        }));
        await exchange.step(7, [shardGradients(7, transport.rank)], sinks);
      }),
    );

    for (const result of results) {
      expect(result).toMatchObject({
        status: "rejected",
        reason: { code: "DESYNC", details: { what: "model" } },
      });
    }
    expect(added).toEqual([]);
  });

  test.each([3, 0, 2.5, 70_000])("refuses to divide a batch for two workers into %s shards", (shards) => {
    const [transport] = createMemoryTransports(2) as readonly [Transport, Transport];

    expect(() => createExchange({ transport, schema, shards, seed: 1 })).toThrow(
      expect.objectContaining({ code: "VALUE" }),
    );
  });
});

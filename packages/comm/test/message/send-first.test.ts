import {
  createDenseSink,
  createExchange,
  createMemoryTransports,
  createMessageSchema,
  errorFeedback,
  meanScale,
  rowCodec,
  type ExchangeOptions,
  type PendingExchange,
  type Transport,
} from "@dqrm/comm";
import { createRandom, createRowGradient, type RowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";

const table = { rows: 20, cols: 4 };
const layer = { rows: 6, cols: 8 };
const codec = rowCodec({ values: "int4", scale: { kind: "row" }, rounding: "stochastic", entropy: true });
const signs = rowCodec({ values: "sign", scale: { kind: "tensor" }, rounding: "nearest", entropy: false });

/** A table and a layer, each in a message of its own. */
const schema = createMessageSchema([
  { name: "table", ...table, codec },
  { name: "layer", ...layer, codec: signs, beginsMessage: true },
]);

/** A gradient that nobody may look at. */
const missing = createRowGradient(1, 1);
missing.count = 1;
missing.values.fill(Number.NaN);

function gradientsOf(step: number, shard: number): readonly RowGradient[] {
  const random = createRandom({ seed: step, stream: shard });
  return [table, layer].map(({ cols, rows }) => {
    const gradient = createRowGradient(cols, rows);
    gradient.count = rows;
    gradient.rows.forEach((_, i) => (gradient.rows[i] = i));
    gradient.values.forEach((_, i) => (gradient.values[i] = random.normal()));
    return gradient;
  });
}

/** Sends a shard's table before its layer is there. */
function sendInTwo(pending: PendingExchange, [first, second]: readonly RowGradient[]): void {
  pending.sendFirst([first, missing], 1);
  pending.send([missing, second]);
}

/** Begins a step on the first of two workers; `sent` is what it has sent the other. */
function begin(more: Partial<ExchangeOptions> = {}): {
  readonly pending: PendingExchange;
  readonly sent: readonly Uint8Array[];
} {
  const [end] = createMemoryTransports(2);
  const sent: Uint8Array[] = [];
  const transport: Transport = {
    name: end.name,
    rank: end.rank,
    size: end.size,
    send(to, bytes, signal) {
      sent.push(bytes.slice());
      return end.send(to, bytes, signal);
    },
    receive: (from, signal) => end.receive(from, signal),
    close: () => end.close(),
  };
  return { pending: createExchange({ transport, schema, shards: 4, seed: 9, ...more }).begin(3), sent };
}

describe("the first message of a shard", () => {
  test("has left before the shard's other gradients are there", () => {
    const { pending, sent } = begin();

    pending.sendFirst([gradientsOf(3, 0)[0], missing], 1);

    expect(sent).toHaveLength(1);
  });

  test("is the same, and in the same place, as where all are sent at once", () => {
    const [whole, parts] = [begin(), begin()];

    for (const shard of [0, 1]) {
      whole.pending.send(gradientsOf(3, shard));
      sendInTwo(parts.pending, gradientsOf(3, shard));
    }

    expect(whole.sent).toHaveLength(4);
    expect(parts.sent).toEqual(whole.sent);
  });

  test("is sent once, however often it may be", () => {
    const { pending, sent } = begin();

    for (const parameters of [1, 1, 2]) pending.sendFirst(gradientsOf(3, 0), parameters);

    expect(sent).toHaveLength(1);
  });

  const [first, second] = schema.parameters;
  const three = createMessageSchema([first, { ...first, name: "rows beside it" }, second]);
  const unshared = { parameters: 1, options: { schema: createMessageSchema([first]) } };
  const owners = schema.parameters.map((parameter) => ({ ...parameter, owners: "one" as const }));
  const scales = [undefined, meanScale(layer, { scale: "tensor", errorFeedback: false })];

  test.each([
    { name: "one of its parameters is not final", parameters: 1, options: { schema: three } },
    { name: "it is the last", ...unshared },
    { name: "owners sum it", parameters: 1, options: { schema: createMessageSchema(owners) } },
    { name: "it has shared scales", parameters: 1, options: { encoders: [scales, scales] } },
  ])("waits where $name", ({ options, parameters }) => {
    const { pending, sent } = begin(options);

    pending.sendFirst(gradientsOf(3, 0), parameters);

    expect(sent).toHaveLength(0);
  });

  test("is refused of a shard too many", () => {
    const { pending } = begin();
    for (const shard of [0, 1]) sendInTwo(pending, gradientsOf(3, shard));

    expect(() => {
      pending.sendFirst(gradientsOf(3, 2), 1);
    }).toThrow(expect.objectContaining({ code: "STATE" }));
  });
});

interface Trained {
  readonly weights: Float32Array;
  readonly nonFinite: readonly (readonly number[])[];
}

/** Lets a group add the gradients of four shards for some steps, with error feedback; one is spoilt after its table was sent. */
function train(
  workers: number,
  send: (pending: PendingExchange, gradients: readonly RowGradient[]) => void,
  spoilt?: { readonly step: number; readonly shard: number },
): Promise<readonly Trained[]> {
  return Promise.all(
    createMemoryTransports(workers).map(async (transport) => {
      const encoders = Array.from({ length: 4 / workers }, () => [undefined, errorFeedback(signs, layer)]);
      const exchange = createExchange({ transport, schema, shards: 4, seed: 9, encoders });
      const [first, end] = exchange.ownShards;
      const weights = new Float32Array(table.rows * table.cols + layer.rows * layer.cols);
      const [rows, values] = [weights.subarray(0, 80), weights.subarray(80)];
      const sinks = [
        createDenseSink(rows, table.rows, table.cols),
        createDenseSink(values, layer.rows, layer.cols),
      ];
      const nonFinite: (readonly number[])[] = [];
      for (let step = 0; step < 8; step++) {
        const pending = exchange.begin(step);
        for (let shard = first; shard < end; shard++) {
          const gradients = gradientsOf(step, shard);
          if (spoilt?.step === step && spoilt.shard === shard) gradients[1].values[7] = Number.NaN;
          send(pending, gradients);
        }
        nonFinite.push((await pending.finish(sinks)).nonFinite);
      }
      return { weights, nonFinite };
    }),
  );
}

const atOnce = (pending: PendingExchange, gradients: readonly RowGradient[]): void => {
  pending.send(gradients);
};

describe("shards that are sent in parts", () => {
  test("give the same bits on one, two and four workers as whole ones", async () => {
    const [[whole], ...groups] = await Promise.all([
      train(1, atOnce),
      ...[1, 2, 4].map((workers) => train(workers, sendInTwo)),
    ]);

    expect(whole.weights.every((weight) => weight !== 0)).toBe(true);
    for (const { weights } of groups.flat()) expect(weights).toEqual(whole.weights);
  });

  test("are left out on every worker when what came last of one is no number, and error feedback forgets them", async () => {
    const spoilt = { step: 5, shard: 2 };
    const [[whole], group] = await Promise.all([train(1, atOnce, spoilt), train(2, sendInTwo, spoilt)]);

    for (const { nonFinite, weights } of group) {
      expect(nonFinite).toEqual([[], [], [], [], [], [2], [], []]);
      expect(weights).toEqual(whole.weights);
    }
  });
});

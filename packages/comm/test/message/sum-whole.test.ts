import {
  createDenseSink,
  createExchange,
  createMemoryTransports,
  createMessageSchema,
  rowCodec,
} from "@dqrm/comm";
import { createRowGradient, type RowGradient } from "@dqrm/core";
import fc from "fast-check";
import { expect, test } from "vitest";

const rows = 3;
const cols = 2;
const codec = rowCodec({ values: "float32", scale: { kind: "tensor" }, rounding: "nearest", entropy: false });
const schema = createMessageSchema([{ name: "layer", rows, cols, codec }]);

/** Some rows of a parameter, with values of which the sum depends on the order. */
const gradients = fc
  .tuple(
    fc.constantFrom([0, 1, 2], [0, 1, 2], [0, 2], [1], []),
    fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 6, maxLength: 6 }),
  )
  .map(([chosen, values]): RowGradient => {
    const gradient = createRowGradient(cols, rows);
    gradient.count = chosen.length;
    gradient.rows.set(chosen);
    gradient.values.set(values.slice(0, chosen.length * cols).map((value) => value / 997));
    return gradient;
  });

function summedInOrder(shards: readonly RowGradient[]): Float32Array {
  const sum = new Float32Array(rows * cols);
  for (const { count, rows: ids, values } of shards) {
    for (let i = 0; i < count * cols; i++) sum[ids[Math.floor(i / cols)] * cols + (i % cols)] += values[i];
  }
  return sum;
}

async function exchanged(shards: readonly RowGradient[], workers: number): Promise<readonly Float32Array[]> {
  const count = shards.length / workers;
  return Promise.all(
    createMemoryTransports(workers).map(async (transport) => {
      const exchange = createExchange({ transport, schema, shards: shards.length, seed: 1 });
      const sum = new Float32Array(rows * cols);
      const own = shards.slice(transport.rank * count).slice(0, count);
      for (const step of [0, 1]) {
        sum.fill(0);
        await exchange.step(
          step,
          own.map((gradient) => [gradient]),
          [createDenseSink(sum, rows, cols)],
        );
      }
      return sum;
    }),
  );
}

test("shards are summed in their order, whichever of them have all rows, some or none, on any number of workers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(gradients, { minLength: 4, maxLength: 4 }), async (shards) => {
      const expected = summedInOrder(shards);
      for (const workers of [1, 2, 4]) {
        for (const sum of await exchanged(shards, workers)) expect(sum).toEqual(expected);
      }
    }),
  );
});

import { createHash } from "node:crypto";
import { createDenseSink, createExchange, createMessageSchema, rowCodec } from "@dqrm/comm";
import { createRandom, createRowGradient } from "@dqrm/core";

const ROWS = 200;
const COLS = 16;
const SHARDS = 6;

/**
 * Sums gradients of six shards over three steps, and gives a hash of every bit of the sums.
 *
 * @param {import("@dqrm/comm").Transport} transport
 */
export async function exchangeSum(transport) {
  const codec = rowCodec({ values: "int8", scale: { kind: "row" }, rounding: "stochastic", entropy: true });
  const schema = createMessageSchema([{ name: "items", rows: ROWS, cols: COLS, codec }]);
  const exchange = createExchange({ transport, schema, shards: SHARDS, seed: 7 });
  const [first, end] = exchange.ownShards;
  const sum = new Float32Array(ROWS * COLS);
  for (let step = 0; step < 3; step++) {
    const gradients = Array.from({ length: end - first }, (_, s) => [makeGradient(first + s, step)]);
    await exchange.step(step, gradients, [createDenseSink(sum, ROWS, COLS)]);
  }
  return createHash("sha256").update(sum).digest("hex");
}

/** @param {number} shard @param {number} step */
function makeGradient(shard, step) {
  const random = createRandom({ seed: shard, stream: step });
  const gradient = createRowGradient(COLS, 20);
  gradient.count = 20;
  for (let i = 0; i < 20; i++) gradient.rows[i] = (i * 7 + shard) % ROWS;
  for (let i = 0; i < gradient.values.length; i++) gradient.values[i] = random.normal();
  return gradient;
}

import { expect, test } from "vitest";
import {
  allocateRows,
  BLOCK_ROWS,
  createRandom,
  jaggedFrom,
  storedRowFormat,
  type Jagged,
  type OptimizerSpec,
} from "@dqrm/core";
import { qatTable, storedTable, type QatTable, type StoredTable, type TrainableTable } from "@dqrm/embedding";

const cols = 4;
const steps = 50;

function tableOf(rows: number, optimizer: OptimizerSpec): QatTable {
  const weights = new Float32Array(rows * cols);
  weights.fill(0.5);
  return qatTable({
    rows,
    cols,
    pooling: "sum",
    optimizer,
    weights,
    bits: 4,
    granularity: { kind: "table" },
    refresh: { kind: "every-step" },
  });
}

function randomBags(rows: number): Jagged[] {
  const random = createRandom({ seed: 1, stream: 0 });
  return Array.from({ length: steps }, () =>
    jaggedFrom(Array.from({ length: 16 }, () => [random.integer(rows), random.integer(rows)])),
  );
}

/** Bytes of array memory that `steps` training steps add. */
function arrayGrowth(table: TrainableTable, batches: readonly Jagged[]): number {
  const vectors = new Float32Array(16 * cols);
  const gradient = new Float32Array(16 * cols).fill(0.01);
  const train = (bags: Jagged): void => {
    table.forward(bags, vectors);
    table.apply(table.backward(bags, gradient), 0.1);
  };
  train(batches[0]);
  const before = process.memoryUsage().arrayBuffers;
  for (const bags of batches) train(bags);
  return process.memoryUsage().arrayBuffers - before;
}

test.each<OptimizerSpec>([{ kind: "sgd" }, { kind: "rowwise-adagrad", epsilon: 1e-10 }])(
  "training steps with $kind allocate no array memory, at 1e4 rows as at 1e7",
  (optimizer) => {
    for (const rows of [1e4, 1e7]) {
      const table = tableOf(rows, optimizer);
      const batches = randomBags(rows);

      const growth = arrayGrowth(table, batches);

      // Every batch has the size of the first, whose step made the gradient's arrays: nothing is left to allocate.
      // (A negative growth is the garbage collector's, of arrays made before.)
      expect(growth).toBeLessThanOrEqual(0);
    }
  },
  120_000,
);

function storedTableOf(rows: number, optimizer: OptimizerSpec): StoredTable {
  const rounding = { kind: "stochastic", seed: 1 } as const;
  const quantization = { kind: "stored", bits: 8, rounding, step: { kind: "absmax" } } as const;
  const packed = allocateRows(storedRowFormat(quantization, cols), rows);
  return storedTable({ packed, quantization, stream: 0, pooling: "sum", optimizer });
}

test.each<OptimizerSpec>([{ kind: "sgd" }, { kind: "rowwise-adagrad", epsilon: 1e-10 }])(
  "training steps of a table without float weights with $kind allocate no array memory, at 1e4 rows as at 1e7",
  (optimizer) => {
    for (const rows of [1e4, 1e7]) {
      const table = storedTableOf(rows, optimizer);
      const batches = randomBags(rows);
      // The widest batch first: its step makes the scratch that all others fit in.
      const widest = jaggedFrom(Array.from({ length: 16 }, (_, i) => [2 * i, 2 * i + 1]));

      const growth = arrayGrowth(table, [widest, ...batches]);

      expect(growth).toBeLessThanOrEqual(0);
    }
  },
  120_000,
);

test("the range of a table costs a byte and at most eight more for each block of rows", () => {
  const rows = 1e6;
  const blocks = Math.ceil(rows / BLOCK_ROWS);
  const before = process.memoryUsage().arrayBuffers;

  const table = tableOf(rows, { kind: "sgd" });

  const growth = process.memoryUsage().arrayBuffers - before - table.weights.byteLength;
  // The tree has 2 × leaves floats, leaves < 2 × blocks; the rest is the smallest gradient and the scale.
  expect(growth).toBeLessThanOrEqual(blocks + 4 * 4 * blocks + 64);
});

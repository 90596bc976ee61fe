import fc from "fast-check";
import { expect, test } from "vitest";
import { bagCount, symmetricScale, type OptimizerSpec, type Pooling, type RowFormat } from "@dqrm/core";
import { packedTable, qatTable, type QatTable } from "@dqrm/embedding";
import { bagsOf, bitsOf, trainedFormat, weightsOf } from "./random-bags.ts";

const rows = 20;
const optimizers: readonly OptimizerSpec[] = [
  { kind: "sgd" },
  { kind: "adagrad", epsilon: 1e-10 },
  { kind: "rowwise-adagrad", epsilon: 1e-10 },
];

interface Subject {
  readonly format: RowFormat;
  readonly pooling: Pooling;
  readonly table: QatTable;
}

const subject: fc.Arbitrary<Subject> = trainedFormat.chain((format) =>
  fc
    .tuple(
      weightsOf(rows * format.cols),
      fc.constantFrom<Pooling>("sum", "mean"),
      fc.constantFrom(...optimizers),
      fc.boolean(),
    )
    .map(([weights, pooling, optimizer, periodic]) => {
      const refresh =
        periodic && format.granularity.kind === "table"
          ? ({ kind: "periodic", periodSteps: 3 } as const)
          : ({ kind: "every-step" } as const);
      const table = qatTable({ ...format, rows, weights, pooling, optimizer, refresh });
      return { format, pooling, table };
    }),
);

test("the forward pass equals the packed table's lookup bit for bit, throughout training", () => {
  const steps = fc.array(fc.tuple(bagsOf(rows), fc.float({ noNaN: true, min: -1, max: 1 })), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(subject, steps, ({ format, pooling, table }, batches) => {
      for (const [bags, g] of batches) {
        const trained = new Float32Array(bagCount(bags) * format.cols);
        const served = trained.slice();

        table.forward(bags, trained);
        packedTable(table.pack(), { pooling }).lookup(bags, served);

        expect(bitsOf(trained)).toEqual(bitsOf(served));
        table.apply(
          table.backward(
            bags,
            trained.map((v) => v * g + g),
          ),
          0.1,
        );
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("the incremental scale equals that of a full scan after random updates", () => {
  const cols = 3;
  const tall = 1000;
  const batches = fc.array(fc.tuple(bagsOf(tall), fc.float({ noNaN: true, min: -1, max: 1 })), {
    minLength: 1,
    maxLength: 10,
  });
  fc.assert(
    fc.property(weightsOf(tall * cols), batches, (weights, updates) => {
      const table = qatTable({
        rows: tall,
        cols,
        weights,
        pooling: "sum",
        optimizer: { kind: "sgd" },
        bits: 4,
        granularity: { kind: "table" },
        refresh: { kind: "every-step" },
      });
      for (const [bags, g] of updates) {
        const vectors = new Float32Array(bagCount(bags) * cols);
        table.forward(bags, vectors);
        table.apply(
          table.backward(
            bags,
            vectors.map((v) => v * g + g),
          ),
          0.5,
        );
        table.lookup(bags, vectors);

        const peak = weights.reduce((largest, w) => Math.max(largest, Math.abs(w)), 0);
        expect(table.scale).toBe(symmetricScale(peak, 4));
      }
    }),
    { seed: 2, numRuns: 60 },
  );
});

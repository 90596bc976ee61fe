import fc from "fast-check";
import { expect, test } from "vitest";
import { rowStateLength, type OptimizerSpec } from "@dqrm/core";
import { createSparseOptimizer, floatTable } from "@dqrm/embedding";
import { bitsOf, weightsOf } from "./random-bags.ts";

const rows = 6;
const cols = 3;
const optimizer = fc.constantFrom<OptimizerSpec>(
  { kind: "sgd" },
  { kind: "adagrad", epsilon: 1e-10 },
  { kind: "rowwise-adagrad", epsilon: 1e-10 },
);
const pairs = fc
  .array(fc.integer({ min: 0, max: rows - 1 }), { minLength: 1, maxLength: 20 })
  .chain((touched) => fc.tuple(fc.constant(Int32Array.from(touched)), weightsOf(touched.length * cols)));

/** Bound of a sum of n floats, each product and sum rounded to f32: n roundings of at most Σ|term|. */
function sumBound(terms: number, magnitude: number): number {
  return terms * 2 ** -24 * magnitude;
}

test("coalescing equals a sum in double within the rounding of its terms", () => {
  fc.assert(
    fc.property(pairs, ([touched, values]) => {
      const weights = new Float32Array(rows * cols);
      const sgd = createSparseOptimizer({ rows, cols, weights, optimizer: { kind: "sgd" } });

      sgd.applyPairs(touched, values, touched.length, -1);

      const sums = new Float64Array(rows * cols);
      const magnitudes = new Float64Array(rows * cols);
      touched.forEach((row, k) => {
        for (let c = 0; c < cols; c++) {
          sums[row * cols + c] += values[k * cols + c];
          magnitudes[row * cols + c] += Math.abs(values[k * cols + c]);
        }
      });
      weights.forEach((w, i) => {
        expect(Math.abs(w - sums[i])).toBeLessThanOrEqual(sumBound(touched.length, magnitudes[i]));
      });
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("one bag for each pair and a list of pairs give the same update bit for bit", () => {
  fc.assert(
    fc.property(pairs, optimizer, weightsOf(rows * cols), ([touched, values], spec, weights) => {
      const byPairs = weights.slice();
      const byBags = weights.slice();
      const offsets = Int32Array.from({ length: touched.length + 1 }, (_, bag) => bag);
      const table = floatTable({ rows, cols, pooling: "sum", weights: byBags, optimizer: spec });

      createSparseOptimizer({ rows, cols, weights: byPairs, optimizer: spec }).applyPairs(
        touched,
        values,
        touched.length,
        0.1,
      );
      table.apply(table.backward({ indices: touched, offsets }, values), 0.1);

      expect(bitsOf(byBags)).toEqual(bitsOf(byPairs));
    }),
    { seed: 2, numRuns: 300 },
  );
});

test("one big bag gives the same update as its indices in bags of one", () => {
  const touched = fc.array(fc.integer({ min: 0, max: rows - 1 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(touched, weightsOf(cols), optimizer, (indices, gradient, spec) => {
      const big = floatTable({
        rows,
        cols,
        pooling: "sum",
        weights: new Float32Array(rows * cols),
        optimizer: spec,
      });
      const small = floatTable({
        rows,
        cols,
        pooling: "sum",
        weights: new Float32Array(rows * cols),
        optimizer: spec,
      });
      const all = Int32Array.from(indices);
      const repeated = Float32Array.from({ length: all.length * cols }, (_, i) => gradient[i % cols]);
      const offsets = Int32Array.from({ length: all.length + 1 }, (_, bag) => bag);

      big.apply(big.backward({ indices: all, offsets: Int32Array.of(0, all.length) }, gradient), 0.1);
      small.apply(small.backward({ indices: all, offsets }, repeated), 0.1);

      expect(bitsOf(big.weights)).toEqual(bitsOf(small.weights));
    }),
    { seed: 3, numRuns: 200 },
  );
});

test("several steps equal the formulas in double, within one rounding of each weight and state a step", () => {
  const learningRate = 0.05;
  const gradients = fc.array(weightsOf(rows * cols), { minLength: 1, maxLength: 6 });
  const everyRow = Int32Array.from({ length: rows }, (_, row) => row);
  fc.assert(
    fc.property(gradients, optimizer, (steps, spec) => {
      const weights = new Float32Array(rows * cols);
      const rule = createSparseOptimizer({ rows, cols, weights, optimizer: spec });
      const exact = new Float64Array(rows * cols);
      const state = new Float64Array(rowStateLength(spec, rows, cols));
      const epsilon = spec.kind === "sgd" ? 0 : spec.epsilon;

      for (const values of steps) {
        rule.applyPairs(everyRow, values, rows, learningRate);
        for (let row = 0; row < rows; row++) {
          const g = values.subarray(row * cols, (row + 1) * cols);
          if (spec.kind === "rowwise-adagrad") state[row] += g.reduce((sum, x) => sum + x * x, 0) / cols;
          g.forEach((x, c) => {
            const i = row * cols + c;
            if (spec.kind === "adagrad") state[i] += x * x;
            const squares = spec.kind === "rowwise-adagrad" ? state[row] : state[i];
            exact[i] -= (learningRate * x) / (spec.kind === "sgd" ? 1 : Math.sqrt(squares) + epsilon);
          });
        }
      }

      // A step of g/√s is at most 1 (√cols row-wise) times the learning rate. The weight is rounded once a step, as is
      // the state, whose root then carries half a relative rounding for each step so far. Both in units of 2^-24.
      const span = steps.length * learningRate * Math.sqrt(cols);
      const bound = 2 ** -24 * span * (steps.length + steps.length) + 2 ** -149 * steps.length;
      weights.forEach((w, i) => {
        expect(Math.abs(w - exact[i])).toBeLessThanOrEqual(bound);
      });
    }),
    { seed: 4, numRuns: 300 },
  );
});

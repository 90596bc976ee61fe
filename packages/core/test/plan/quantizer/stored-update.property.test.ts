import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allocateRows,
  createRandom,
  storedRowFormat,
  storeRows,
  type OptimizerSpec,
  type PackedRows,
  type StoredQuantization,
} from "../../../src/index.ts";
import { stepKey } from "../../../src/plan/step-key.ts";
import { floatsOf, gradientOf, kernels, nearest, stochastic, storedCase } from "./stored-cases.ts";

const optimizers: readonly OptimizerSpec[] = [
  { kind: "sgd" },
  { kind: "adagrad", epsilon: 1e-10 },
  { kind: "rowwise-adagrad", epsilon: 1e-10 },
];

const cases = fc.record({
  bits: fc.constantFrom<StoredQuantization["bits"]>(2, 3, 4, 5, 6, 7, 8, 16),
  rounding: fc.constantFrom(nearest, stochastic),
  optimizer: fc.constantFrom(...optimizers),
  rows: fc.integer({ min: 1, max: 9 }),
  cols: fc.integer({ min: 1, max: 7 }),
  seed: fc.nat({ max: 1 << 20 }),
  firstStep: fc.constantFrom(0, 1, 2 ** 31, 2 ** 40),
});

test("an update equals dequantizing, stepping, scaling and quantizing the touched rows of a float table", () => {
  fc.assert(
    fc.property(cases, ({ bits, cols, firstStep, optimizer, rounding, rows, seed }) => {
      const random = createRandom({ seed, stream: 0 });
      const quantization = { kind: "stored", bits, rounding, step: { kind: "absmax" } } as const;
      const weights = Float32Array.from({ length: rows * cols }, () => random.normal());
      const key = { seed: 5, stream: 6 };
      const { optimizerState, packed, update } = storedCase(quantization, weights, cols, { key, optimizer });
      const slow = { ...packed, codes: packed.codes.slice(), scale: packed.scale.slice() };
      const slowState = optimizerState.slice();

      for (let step = firstStep; step < firstStep + 3; step++) {
        const touched = Array.from({ length: rows }, (_, row) => row).filter(() => random.next() < 0.6);
        const values = touched.flatMap(() => Array.from({ length: cols }, () => random.normal()));
        const gradient = gradientOf(cols, touched, values);
        update(gradient, 0.1, step);
        slowUpdate(slow, slowState, { gradient, optimizer, rounding: rounding.kind }, stepKey(key, step));
      }

      expect([packed.codes, packed.scale, optimizerState]).toEqual([slow.codes, slow.scale, slowState]);
    }),
    { seed: 2, numRuns: 200 },
  );
});

interface SlowStep {
  readonly gradient: ReturnType<typeof gradientOf>;
  readonly optimizer: OptimizerSpec;
  readonly rounding: "nearest" | "stochastic";
}

function slowUpdate(
  packed: PackedRows,
  state: Float32Array,
  { gradient, optimizer, rounding }: SlowStep,
  key: { readonly seed: number; readonly stream: number },
): void {
  const { format, rows } = packed;
  const floats = floatsOf(packed);
  kernels.prepare("updateRows", { cols: format.cols, optimizer })(
    floats,
    rows,
    state,
    gradient,
    0.1,
    undefined,
    0,
    gradient.count,
  );
  const choose = kernels.prepare("chooseScale", format);
  const quantize = kernels.prepare("quantizeRows", { format, rounding });
  for (const row of gradient.rows) {
    choose(floats, packed.scale, packed.bias, row, row + 1);
    quantize(floats, packed, key, row, row + 1);
  }
}

const rowsOf = fc
  .record({
    bits: fc.constantFrom<StoredQuantization["bits"]>(2, 3, 4, 5, 6, 7, 8, 16),
    cols: fc.integer({ min: 1, max: 9 }),
    rows: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ bits, cols, rows }) =>
    fc
      .array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: rows * cols, maxLength: rows * cols })
      .map((weights) => ({ bits, cols, rows, weights: Float32Array.from(weights) })),
  );

interface StoredRows {
  readonly bits: StoredQuantization["bits"];
  readonly cols: number;
  readonly rows: number;
  readonly weights: Float32Array;
}

function stored({ bits, cols, rows, weights }: StoredRows): PackedRows {
  const quantization = { kind: "stored", bits, rounding: stochastic, step: { kind: "absmax" } } as const;
  const packed = allocateRows(storedRowFormat(quantization, cols), rows);
  storeRows(quantization, weights, packed, 0);
  return packed;
}

test("storing moves no weight by more than half a step", () => {
  fc.assert(
    fc.property(rowsOf, (table) => {
      const packed = stored(table);

      floatsOf(packed).forEach((weight, i) => {
        const step = packed.scale[Math.floor(i / table.cols)];
        // Beside half a step: 1/step, its product with the weight and code · step are rounded to f32, within 2^-24 each.
        const rounding = 3 * 2 ** -24 * step * 2 ** (table.bits - 1);
        expect(Math.abs(weight - table.weights[i])).toBeLessThanOrEqual(step / 2 + rounding);
      });
    }),
    { seed: 3, numRuns: 300 },
  );
});

test("storing what was stored changes no code", () => {
  fc.assert(
    fc.property(rowsOf, (table) => {
      const packed = stored(table);

      const again = stored({ ...table, weights: floatsOf(packed) });

      expect(again.codes).toEqual(packed.codes);
    }),
    { seed: 4, numRuns: 300 },
  );
});

test("storing keeps the order of the weights of a row", () => {
  fc.assert(
    fc.property(rowsOf, ({ bits, weights }) => {
      const cols = weights.length;
      const sorted = weights.slice().sort();

      const floats = floatsOf(stored({ bits, cols, rows: 1, weights: sorted }));

      expect(floats).toEqual(floats.slice().sort());
    }),
    { seed: 5, numRuns: 300 },
  );
});

test("storing a table in parts gives the same codes as storing it at once", () => {
  fc.assert(
    fc.property(rowsOf, fc.nat({ max: 4 }), (table, cut) => {
      const { bits, cols, rows, weights } = table;
      const at = Math.min(cut, rows);
      const quantization = { kind: "stored", bits, rounding: nearest, step: { kind: "absmax" } } as const;
      const parts = allocateRows(storedRowFormat(quantization, cols), rows);

      storeRows(quantization, weights.subarray(0, at * cols), parts, 0);
      storeRows(quantization, weights.subarray(at * cols), parts, at);

      expect(parts).toEqual(stored(table));
    }),
    { seed: 6, numRuns: 100 },
  );
});

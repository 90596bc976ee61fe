import { describe, expect, test } from "vitest";
import {
  allocateRows,
  createRandom,
  jaggedFrom,
  storedRowFormat,
  type OptimizerSpec,
  type StoredQuantization,
} from "@dqrm/core";
import {
  fillStoredRows,
  normalInit,
  packedTable,
  storedTable,
  uniformInit,
  type StoredTable,
  type StoredTableOptions,
} from "@dqrm/embedding";

const rows = 40;
const cols = 5;

const int8: StoredQuantization = {
  kind: "stored",
  bits: 8,
  rounding: { kind: "stochastic", seed: 3 },
  step: { kind: "absmax" },
};

function table(
  quantization: StoredQuantization = int8,
  options: Partial<StoredTableOptions> = {},
): StoredTable {
  const packed = allocateRows(storedRowFormat(quantization, cols), rows);
  fillStoredRows(quantization, packed, (values, firstRow) => {
    uniformInit({ rows: values.length / cols, cols, firstRow, bound: 1 }, { seed: 5, stream: 0 }, values);
  });
  return storedTable({
    packed,
    quantization,
    stream: 0,
    pooling: "sum",
    optimizer: { kind: "sgd" },
    ...options,
  });
}

/** Trains by a gradient made of the step's number. */
function train(learner: StoredTable, from: number, to: number): void {
  for (let step = from; step < to; step++) {
    const random = createRandom({ seed: 9, stream: step });
    const bags = jaggedFrom(Array.from({ length: 6 }, () => [random.integer(rows), random.integer(rows)]));
    const gradient = Float32Array.from({ length: 6 * cols }, () => random.normal());
    learner.apply(learner.backward(bags, gradient), 0.01);
  }
}

const optimizers: readonly OptimizerSpec[] = [
  { kind: "sgd" },
  { kind: "adagrad", epsilon: 1e-10 },
  { kind: "rowwise-adagrad", epsilon: 1e-10 },
];

describe("a stored table", () => {
  test.each(optimizers)(
    "goes on from codes, step and optimizer state with the same bits: $kind",
    (optimizer) => {
      const straight = table(int8, { optimizer });
      train(straight, 0, 20);
      const first = table(int8, { optimizer });
      train(first, 0, 8);

      const { packed, step } = first;
      const copy = { ...packed, codes: packed.codes.slice(), scale: packed.scale.slice() };
      const second = storedTable({
        packed: copy,
        quantization: int8,
        stream: 0,
        pooling: "sum",
        optimizer,
        optimizerState: first.optimizerState.slice(),
        resume: { step },
      });
      train(second, 8, 20);

      expect(step).toBe(8);
      expect(second.packed).toEqual(straight.packed);
      expect(second.optimizerState).toEqual(straight.optimizerState);
    },
  );

  test("answers as a packed table over the same codes, after training too", () => {
    const learner = table({ ...int8, bits: 4 });
    train(learner, 0, 10);
    const bags = jaggedFrom([[1, 2, 2], [], [39]]);
    const [learned, served] = [new Float32Array(3 * cols), new Float32Array(3 * cols)];

    learner.forward(bags, learned);
    packedTable(learner.packed, { pooling: "sum" }).lookup(bags, served);

    expect(learned).toEqual(served);
  });

  test("counts the steps of all its placements together", () => {
    const learner = table();
    const placed = learner.placed({ stride: cols + 1, offset: 0 });

    train(learner, 0, 2);
    train(placed, 2, 2);
    placed.apply(placed.backward(jaggedFrom([[1]]), new Float32Array(cols + 1).fill(1)), 0.1);

    expect([learner.step, placed.step]).toEqual([3, 3]);
  });

  test("another stream rounds otherwise", () => {
    const [one, other] = [table(), table(int8, { stream: 1 })];

    train(one, 0, 1);
    train(other, 0, 1);

    expect(other.packed.codes).not.toEqual(one.packed.codes);
  });

  test.each([
    ["optimizer state of another length", { optimizerState: new Float32Array(1) }, "optimizerState has 1"],
    ["a step before the start", { resume: { step: -1 } }, "resume.step is -1"],
    ["codes of another format", { quantization: { ...int8, bits: 4 } as const }, "format is"],
  ] as const)("refuses %s", (_, options, message) => {
    expect(() => table(int8, options)).toThrow(message);
  });
});

describe("filling stored rows", () => {
  test("in parts gives what the whole table would give", () => {
    const many = 30_000;
    const whole = uniformInit({ rows: many, cols, bound: 1 }, { seed: 5, stream: 0 });
    const format = storedRowFormat(int8, cols);
    const [parts, once] = [allocateRows(format, many), allocateRows(format, many)];
    let calls = 0;

    fillStoredRows(int8, parts, (values, firstRow) => {
      calls++;
      values.set(whole.subarray(firstRow * cols, firstRow * cols + values.length));
    });
    for (let row = 0; row < many; row += 100) {
      const piece = { ...once, rows: 100, codes: once.codes.subarray(row * cols, (row + 100) * cols) };
      fillStoredRows(int8, { ...piece, scale: once.scale.subarray(row, row + 100) }, (values) => {
        values.set(whole.subarray(row * cols, (row + 100) * cols));
      });
    }

    expect(calls).toBeGreaterThan(1);
    expect(parts).toEqual(once);
  });
});

test("parts of a table of normal numbers can be filled apart", () => {
  const key = { seed: 5, stream: 2 };
  const whole = normalInit({ rows: 9, cols, standardDeviation: 2 }, key);

  const part = normalInit({ rows: 4, cols, firstRow: 5, standardDeviation: 2 }, key);

  expect(part).toEqual(whole.subarray(5 * cols));
});

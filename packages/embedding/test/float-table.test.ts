import { expect, test } from "vitest";
import { jaggedFrom, type OptimizerSpec } from "@dqrm/core";
import { floatTable, type TrainableTableOptions } from "@dqrm/embedding";

function table(options: Partial<TrainableTableOptions> = {}) {
  return floatTable({
    rows: 3,
    cols: 2,
    pooling: "sum",
    optimizer: { kind: "sgd" },
    weights: Float32Array.of(1, 2, 3, 4, 5, 6),
    ...options,
  });
}

test("a bag is the sum of its rows, a repeated row counts twice", () => {
  const vectors = new Float32Array(6);

  table().lookup(jaggedFrom([[0, 2], [1, 1], []]), vectors);

  expect([...vectors]).toEqual([6, 8, 6, 8, 0, 0]);
});

test("a mean divides by the number of indices, weighted or not", () => {
  const vectors = new Float32Array(2);

  table({ pooling: "mean" }).lookup({ ...jaggedFrom([[0, 2]]), weights: Float32Array.of(3, 1) }, vectors);

  // (3·1 + 5)/2 and (3·2 + 6)/2
  expect([...vectors]).toEqual([4, 6]);
});

test("a placed table shares its weights and writes only its columns", () => {
  const original = table();
  const placed = original.placed({ stride: 4, offset: 1 });
  const matrix = new Float32Array(8).fill(9);

  placed.lookup(jaggedFrom([[0], [1]]), matrix);
  placed.apply(placed.backward(jaggedFrom([[2], []]), Float32Array.of(9, 1, 2, 9, 9, 9, 9, 9)), 1);

  expect([...matrix]).toEqual([9, 1, 2, 9, 9, 3, 4, 9]);
  expect([...original.weights]).toEqual([1, 2, 3, 4, 4, 4]);
});

test("forward and backward leave the weights alone", () => {
  const t = table();

  t.forward(jaggedFrom([[0, 1]]), new Float32Array(2));
  t.backward(jaggedFrom([[0, 1]]), Float32Array.of(1, 1));

  expect([...t.weights]).toEqual([1, 2, 3, 4, 5, 6]);
});

test.each<OptimizerSpec>([
  { kind: "sgd" },
  { kind: "adagrad", epsilon: 1e-10 },
  { kind: "rowwise-adagrad", epsilon: 1e-10 },
])("training resumes bit for bit from weights and optimizer state with $kind", (optimizer) => {
  const bags = jaggedFrom([[0, 1], [2, 2], [1]]);
  const gradient = Float32Array.of(0.3, -0.1, 0.7, 0.2, -0.5, 0.9);
  const whole = table({ optimizer });
  for (let step = 0; step < 4; step++) whole.apply(whole.backward(bags, gradient), 0.1);

  const first = table({ optimizer });
  for (let step = 0; step < 2; step++) first.apply(first.backward(bags, gradient), 0.1);
  const second = table({
    optimizer,
    weights: first.weights.slice(),
    optimizerState: first.optimizerState.slice(),
  });
  for (let step = 0; step < 2; step++) second.apply(second.backward(bags, gradient), 0.1);

  expect([...second.weights]).toEqual([...whole.weights]);
  expect([...second.optimizerState]).toEqual([...whole.optimizerState]);
});

test("an index outside the table is an INDEX_RANGE error that names its place", () => {
  const vectors = new Float32Array(4);

  expect(() => {
    table().lookup(jaggedFrom([[0], [1, 3]]), vectors);
  }).toThrow("index 3 at position 2 is outside [0, 3)");
});

test("a destination that is too short is a SHAPE error", () => {
  expect(() => {
    table().lookup(jaggedFrom([[0], [1]]), new Float32Array(3));
  }).toThrow("dst has 3 elements, expected 4");
});

test("weights or state of another length are a SHAPE error", () => {
  const adagrad = { kind: "adagrad", epsilon: 1e-10 } as const;

  expect(() => table({ weights: new Float32Array(7) })).toThrow("weights has 7 elements, expected 6");
  expect(() => table({ optimizer: adagrad, optimizerState: new Float32Array(3) })).toThrow(
    "state has 3 elements, expected 6",
  );
});

test.each([
  [{ rows: 1.5, cols: 4 }, "rows is 1.5, expected an integer >= 0"],
  [{ rows: 6, cols: 0 }, "cols is 0, expected an integer >= 1"],
  [{ rows: 2 ** 31 }, "rows is 2147483648, more than MAX_ROWS = 2147483647 allows"],
  [{ cols: 65_537 }, "cols is 65537, more than MAX_COLS = 65536 allows"],
])("a size %o is refused", (size, message) => {
  expect(() => table(size)).toThrow(message);
});

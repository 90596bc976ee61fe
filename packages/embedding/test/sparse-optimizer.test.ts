import { expect, test } from "vitest";
import { createSparseOptimizer } from "@dqrm/embedding";

const rows = Int32Array.of(1, 1);
const values = Float32Array.of(3, 0, 0, 4);

test("sgd subtracts the learning rate times the summed gradient", () => {
  const weights = new Float32Array(6).fill(1);
  const sgd = createSparseOptimizer({ rows: 3, cols: 2, weights, optimizer: { kind: "sgd" } });

  sgd.applyPairs(rows, values, 2, 0.25);

  expect([...weights]).toEqual([1, 1, 0.25, 0, 1, 1]);
  expect(sgd.state.length).toBe(0);
});

test("adagrad divides each weight by the root of its squares", () => {
  const weights = new Float32Array(6).fill(1);
  const optimizer = { kind: "adagrad", epsilon: 0 } as const;
  const adagrad = createSparseOptimizer({ rows: 3, cols: 2, weights, optimizer });

  adagrad.applyPairs(rows, values, 2, 0.25);

  // 0.25 · 3/√9 and 0.25 · 4/√16
  expect([...weights]).toEqual([1, 1, 0.75, 0.75, 1, 1]);
  expect([...adagrad.state]).toEqual([0, 0, 9, 16, 0, 0]);
});

test("row-wise adagrad divides a row by the root of its mean square", () => {
  const weights = new Float32Array(6).fill(1);
  const optimizer = { kind: "rowwise-adagrad", epsilon: 0 } as const;
  const state = Float32Array.of(5, 12.5, 5);
  const adagrad = createSparseOptimizer({ rows: 3, cols: 2, weights, optimizer, state });

  adagrad.applyPairs(rows, values, 2, 0.25);

  // (9 + 16)/2 = 12.5 is added to 12.5; the row steps by 0.25 · g/√25
  expect([...state]).toEqual([5, 25, 5]);
  expect([...weights]).toEqual([1, 1, 1 - 0.15, 1 - 0.2, 1, 1].map(Math.fround));
});

test("a row that occurs twice is updated once: summing first is not the same as two updates", () => {
  const optimizer = { kind: "adagrad", epsilon: 0 } as const;
  const once = new Float32Array(2);
  const twice = new Float32Array(2);
  const exact = createSparseOptimizer({ rows: 1, cols: 2, weights: once, optimizer });
  const naive = createSparseOptimizer({ rows: 1, cols: 2, weights: twice, optimizer });

  exact.applyPairs(Int32Array.of(0, 0), Float32Array.of(1, 1, 1, 1), 2, 1);
  naive.applyPairs(Int32Array.of(0), Float32Array.of(1, 1), 1, 1);
  naive.applyPairs(Int32Array.of(0), Float32Array.of(1, 1), 1, 1);

  // 2/√4 against 1/√1 + 1/√2
  expect([...once]).toEqual([-1, -1]);
  expect([...twice]).toEqual([-1 - Math.SQRT1_2, -1 - Math.SQRT1_2].map(Math.fround));
});

test.each([
  ["an index outside", [3], [1, 1], 0.1, "index 3 at position 0 is outside [0, 3)"],
  ["a NaN", [0], [1, Number.NaN], 0.1, "expected a finite number"],
  ["a learning rate that is NaN", [0], [1, 1], Number.NaN, "learningRate is NaN"],
])("%s is refused before any weight changes", (_, touched, gradient, learningRate, message) => {
  const weights = new Float32Array(6).fill(1);
  const optimizer = { kind: "rowwise-adagrad", epsilon: 1e-10 } as const;
  const adagrad = createSparseOptimizer({ rows: 3, cols: 2, weights, optimizer });

  expect(() => {
    adagrad.applyPairs(
      Int32Array.from([1, ...touched]),
      Float32Array.from([5, 5, ...gradient]),
      2,
      learningRate,
    );
  }).toThrow(message.replace("position 0", "position 1"));

  expect([...weights, ...adagrad.state]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0]);
});

test("a gradient of another width is a SHAPE error", () => {
  const weights = new Float32Array(6);
  const sgd = createSparseOptimizer({ rows: 3, cols: 2, weights, optimizer: { kind: "sgd" } });
  const gradient = {
    cols: 3,
    count: 1,
    rows: Int32Array.of(0),
    values: new Float32Array(3),
    slots: new Int32Array(2),
  };

  expect(() => {
    sgd.apply(gradient, 1);
  }).toThrow("gradient columns has 3 elements, expected 2");
});

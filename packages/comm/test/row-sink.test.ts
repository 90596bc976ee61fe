import { createAppendSink, createDenseSink } from "@dqrm/comm";
import { createRowGradient, type RowGradient } from "@dqrm/core";
import { expect, test } from "vitest";

function gradientOf(rows: readonly number[]): RowGradient {
  const gradient = createRowGradient(2, rows.length);
  gradient.count = rows.length;
  gradient.rows.set(rows);
  for (let i = 0; i < 2 * rows.length; i++) gradient.values[i] = 0.1 * i - 0.3;
  return gradient;
}

test.each([[[0, 1, 2]], [[0, 2]], [[]]])(
  "a matrix gets the same sums of rows %j at once and one by one",
  (rows) => {
    const gradient = gradientOf(rows);
    const [once, single] = [0, 1].map(() => Float32Array.of(1, 2, 3, 4, 5, 1e-3));
    const sinks = [once, single].map((values) => createDenseSink(values, 3, 2));

    sinks[0].addRows?.(gradient);
    for (let i = 0; i < gradient.count; i++) sinks[1].add(gradient.rows[i], gradient.values, 2 * i);

    expect(once).toEqual(single);
  },
);

test("a gradient grows by all rows at once as it does one by one", () => {
  const [once, single] = [createRowGradient(2, 0), createRowGradient(2, 0)];
  const sinks = [once, single].map((target) => createAppendSink(target, 100));

  for (const rows of [[3, 50], [], [2, 3, 99]]) {
    const gradient = gradientOf(rows);
    sinks[0].addRows?.(gradient);
    for (let i = 0; i < gradient.count; i++) sinks[1].add(gradient.rows[i], gradient.values, 2 * i);
  }

  expect(once.count).toBe(5);
  expect(once.rows.subarray(0, 5)).toEqual(single.rows.subarray(0, 5));
  expect(once.values.subarray(0, 10)).toEqual(single.values.subarray(0, 10));
});

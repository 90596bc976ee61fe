import { describe, expect, test } from "vitest";
import { allocateRows, jaggedFrom, type Jagged } from "@dqrm/core";
import {
  floatTable,
  packedTable,
  prepareBounds,
  qatTable,
  type BoundsPolicy,
  type BoundsWarning,
} from "@dqrm/embedding";

const weights = Float32Array.of(1, 2, 3);
const hostile = jaggedFrom([[1, 7], [-1], [2, -(2 ** 31), 2 ** 31 - 1]]);

function trained(bounds: BoundsPolicy) {
  const options = { rows: 3, cols: 1, pooling: "sum", optimizer: { kind: "sgd" }, bounds } as const;
  return floatTable({ ...options, weights: weights.slice() });
}

function lookup(bounds: BoundsPolicy, bags: Jagged): number[] {
  const vectors = new Float32Array(bags.offsets.length - 1);
  trained(bounds).lookup(bags, vectors);
  return [...vectors];
}

test("fatal bounds throw at the first index outside", () => {
  expect(() => lookup({ mode: "fatal" }, hostile)).toThrow("index 7 at position 1 is outside [0, 3)");
});

test("ignored indices read row 0 and the caller's bags stay as they are", () => {
  const before = [...hostile.indices];

  const vectors = lookup({ mode: "ignore" }, hostile);

  // 2 + 1; 1; 3 + 1 + 1
  expect(vectors).toEqual([3, 1, 5]);
  expect([...hostile.indices]).toEqual(before);
});

describe("warning bounds", () => {
  test("read row 0 and report a call once, with the first index and their number", () => {
    const warnings: BoundsWarning[] = [];

    const vectors = lookup({ mode: "warning", report: (warning) => warnings.push(warning) }, hostile);

    expect(vectors).toEqual([3, 1, 5]);
    expect(warnings).toEqual([{ position: 1, index: 7, rows: 3, count: 4 }]);
  });

  test("report nothing about good bags, which are not copied", () => {
    const warnings: BoundsWarning[] = [];
    const bounds = prepareBounds(3, { mode: "warning", report: (warning) => warnings.push(warning) });
    const bags = jaggedFrom([[0, 2]]);

    expect(bounds.check(bags)).toBe(bags);

    expect(warnings).toEqual([]);
  });

  test("report a training step once: backward repairs the same indices silently", () => {
    const warnings: BoundsWarning[] = [];
    const table = trained({ mode: "warning", report: (warning) => warnings.push(warning) });

    table.forward(hostile, new Float32Array(3));
    const { rows, values, count } = table.backward(hostile, Float32Array.of(1, 10, 100));

    expect(warnings.length).toBe(1);
    expect([...rows.subarray(0, count)]).toEqual([1, 0, 2]);
    expect([...values.subarray(0, count)]).toEqual([1, 1 + 10 + 200, 100]);
  });

  test("do not look behind the last bag of arrays that a source reuses", () => {
    const warnings: BoundsWarning[] = [];
    const bags = { indices: Int32Array.of(0, 1, 99), offsets: Int32Array.of(0, 2) };

    const vectors = lookup({ mode: "warning", report: (warning) => warnings.push(warning) }, bags);

    expect(vectors).toEqual([3]);
    expect(warnings).toEqual([]);
  });
});

test("a table without rows has no row 0 to read", () => {
  const format = { bits: 4, cols: 1, scheme: "symmetric", granularity: { kind: "row" } } as const;
  const table = packedTable(allocateRows(format, 0), { pooling: "sum", bounds: { mode: "ignore" } });

  expect(() => {
    table.lookup(jaggedFrom([[0]]), new Float32Array(1));
  }).toThrow("index 0 at position 0 is outside [0, 0)");
});

test("packed and quantization-aware tables follow the same policy", () => {
  const qat = qatTable({
    rows: 3,
    cols: 1,
    pooling: "sum",
    optimizer: { kind: "sgd" },
    weights: Float32Array.of(7, 2, 3),
    bits: 4,
    granularity: { kind: "table" },
    refresh: { kind: "every-step" },
    bounds: { mode: "ignore" },
  });
  const packed = packedTable(qat.pack(), { pooling: "sum", bounds: { mode: "ignore" } });
  const vectors = new Float32Array(3);
  const served = new Float32Array(3);

  qat.forward(hostile, vectors);
  packed.lookup(hostile, served);

  expect([...vectors]).toEqual([2 + 7, 7, 3 + 7 + 7]);
  expect([...served]).toEqual([...vectors]);
});

test.each<[string, Jagged]>([
  ["fall", { indices: Int32Array.of(0, 1), offsets: Int32Array.of(0, 2, 1) }],
  ["overshoot", { indices: Int32Array.of(0, 1), offsets: Int32Array.of(0, 3) }],
  ["are negative", { indices: Int32Array.of(0, 1), offsets: Int32Array.of(0, -1, 2) }],
])("offsets that %s are an error in every mode", (_, bags) => {
  for (const bounds of [{ mode: "fatal" }, { mode: "ignore" }] as const) {
    expect(() => lookup(bounds, bags)).toThrow(/offsets\[\d\] is -?\d/);
  }
});

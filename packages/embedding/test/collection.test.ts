import { describe, expect, test } from "vitest";
import { jaggedFrom } from "@dqrm/core";
import {
  createCollection,
  createTrainableCollection,
  floatTable,
  packedTable,
  qatTable,
  type MasterTable,
} from "@dqrm/embedding";

function counting(rows: number, cols: number): MasterTable {
  const weights = Float32Array.from({ length: rows * cols }, (_, i) => i + 1);
  return floatTable({ rows, cols, pooling: "sum", optimizer: { kind: "sgd" }, weights });
}

const bags = { user: jaggedFrom([[0], [1]]), item: jaggedFrom([[0, 1], []]) };

test("features stand side by side behind the columns of somebody else", () => {
  const tables = createCollection(
    [
      { name: "user", table: counting(2, 1) },
      { name: "item", table: counting(2, 2) },
    ],
    { offset: 1, stride: 5 },
  );
  const matrix = new Float32Array(10).fill(-7);

  tables.lookup(bags, matrix);

  expect([...matrix]).toEqual([-7, 1, 4, 6, -7, -7, 2, 0, 0, -7]);
  expect([tables.offsets, tables.stride]).toEqual([[1, 2], 5]);
});

test("a collection trains as its tables would one by one", () => {
  const together = [counting(2, 1), counting(2, 2)] as const;
  const alone = [counting(2, 1), counting(2, 2)] as const;
  const collection = createTrainableCollection([
    { name: "user", table: together[0] },
    { name: "item", table: together[1] },
  ]);
  const gradient = Float32Array.of(1, 2, 3, 4, 5, 6);

  collection.apply(collection.backward(bags, gradient), 0.5);
  alone[0].apply(alone[0].backward(bags.user, Float32Array.of(1, 4)), 0.5);
  alone[1].apply(alone[1].backward(bags.item, Float32Array.of(2, 3, 5, 6)), 0.5);

  expect(together.map(({ weights }) => [...weights])).toEqual(alone.map(({ weights }) => [...weights]));
});

test("two features that read one table are one step of it, with their gradients summed", () => {
  const optimizer = { kind: "adagrad", epsilon: 0 } as const;
  const table = qatTable({
    rows: 2,
    cols: 1,
    pooling: "sum",
    optimizer,
    weights: Float32Array.of(7, 7),
    bits: 4,
    granularity: { kind: "table" },
    refresh: { kind: "every-step" },
  });
  const collection = createTrainableCollection([
    { name: "seen", table },
    { name: "bought", table },
  ]);
  const both = { seen: jaggedFrom([[0, 1]]), bought: jaggedFrom([[1]]) };
  const matrix = new Float32Array(2);

  collection.forward(both, matrix);
  const gradients = collection.backward(both, Float32Array.of(1, 2));
  collection.apply(gradients, 1);

  expect([...matrix]).toEqual([14, 7]);
  // Row 0 has gradient 1, row 1 has 1 + 2: squares 1 and 9, and both step by 1.
  expect([...table.optimizerState]).toEqual([1, 9]);
  expect([...table.weights]).toEqual([6, 6]);
  expect([collection.tables.length, table.step]).toEqual([1, 1]);
});

test("packed tables of the trained ones serve the same matrix", () => {
  const weights = Float32Array.of(0.3, -0.9, 0.2, 0.7);
  const spec = { bits: 3, granularity: { kind: "row" }, refresh: { kind: "every-step" } } as const;
  const optimizer = { kind: "sgd" } as const;
  const table = qatTable({ rows: 2, cols: 2, pooling: "mean", optimizer, weights, ...spec });
  const trained = new Float32Array(4);
  const served = new Float32Array(4);

  createTrainableCollection([{ name: "item", table }]).forward(bags, trained);
  createCollection([{ name: "item", table: packedTable(table.pack(), { pooling: "mean" }) }]).lookup(
    bags,
    served,
  );

  expect([...served]).toEqual([...trained]);
});

describe("refuses", () => {
  const user = counting(2, 1);
  const collection = createTrainableCollection([{ name: "user", table: user }]);

  test("a name that occurs twice", () => {
    const features = [
      { name: "user", table: user },
      { name: "user", table: user },
    ];

    expect(() => createCollection(features)).toThrow("feature name is user, expected unique");
  });

  test("a matrix that is too narrow", () => {
    expect(() => createCollection([{ name: "user", table: user }], { offset: 1, stride: 1 })).toThrow(
      "stride is 1, expected at least 2",
    );
  });

  test("a feature without bags, and names that only an object's prototype has", () => {
    const inherited = createCollection([{ name: "toString", table: user }]);

    expect(() => {
      collection.lookup({ item: bags.item }, new Float32Array(2));
    }).toThrow('bags is item, expected an entry for feature "user"');
    expect(() => {
      inherited.lookup({}, new Float32Array(2));
    }).toThrow('bags is none, expected an entry for feature "toString"');
  });

  test("features with different numbers of bags", () => {
    const two = createCollection([
      { name: "user", table: user },
      { name: "item", table: counting(2, 1) },
    ]);

    expect(() => {
      two.lookup({ user: jaggedFrom([[0]]), item: jaggedFrom([[0], [1]]) }, new Float32Array(4));
    }).toThrow('bags of "item" has 2 elements, expected 1');
  });

  test("a NaN in the gradient of one table before another has changed", () => {
    const first = counting(2, 1);
    const second = counting(2, 1);
    const both = createTrainableCollection([
      { name: "user", table: first },
      { name: "item", table: second },
    ]);
    const gradients = both.backward(bags, Float32Array.of(1, Number.NaN, 1, 1));

    expect(() => {
      both.apply(gradients, 1);
    }).toThrow("gradient of table 1: value NaN at position 0");

    expect([...first.weights]).toEqual([1, 2]);
  });

  test("another number of gradients than tables", () => {
    expect(() => {
      collection.apply([], 1);
    }).toThrow("gradients has 0 elements, expected 1");
  });
});

import {
  allocateRows,
  createKernels,
  createRandom,
  createRowHash,
  jaggedFrom,
  reference,
  type PackedRows,
} from "@dqrm/core";
import {
  createTrainableCollection,
  floatTable,
  hashedTable,
  mixedDimensionTable,
  packedTable,
  qatTable,
  quotientRemainderTable,
  robeTable,
  tensorTrainTable,
  type EmbeddingTable,
  type QatTable,
} from "@dqrm/embedding";
import { describe, expect, test } from "vitest";
import { composedTableCases, tableCases, trainableTableCases } from "../src/conformance/index.ts";
import {
  COMPOSITIONS,
  openFloat,
  ownNumbers,
  projection,
  rowsByDefinition,
  wholeNumbers,
  type Composition,
  type Shape,
} from "./composed-subjects.ts";

const kernels = createKernels([reference]);
const int4 = { bits: 4, granularity: { kind: "table" }, refresh: { kind: "every-step" } } as const;

function randomNumbers([rows, cols]: Shape, table: number): Float32Array {
  const random = createRandom({ seed: 8, stream: table });
  return Float32Array.from({ length: rows * cols }, () => random.normal());
}

function openQat([rows, cols]: Shape, weights: Float32Array): QatTable {
  const adagrad = { kind: "adagrad", epsilon: 1e-6 } as const;
  return qatTable({ rows, cols, weights, pooling: "sum", optimizer: adagrad, ...int4 });
}

function dequantized(packed: PackedRows): Float32Array {
  const floats = new Float32Array(packed.rows * packed.format.cols);
  kernels.prepare("dequantizeRows", packed.format)(packed, floats, 0, packed.rows);
  return floats;
}

function packedOf({ shapes }: Composition): readonly PackedRows[] {
  return shapes.map((shape, t) => openQat(shape, randomNumbers(shape, t)).pack());
}

describe.each(Object.entries(COMPOSITIONS))("a table of rows by %s", (name, composition) => {
  const { cols, rows, shapes } = composition;
  const floats = shapes.map(randomNumbers);
  const packed = packedOf(composition);
  const subjects = [
    {
      name: `${name} over floats`,
      weights: rowsByDefinition(composition, floats),
      inner: () => shapes.map((shape, t): EmbeddingTable => openFloat(shape, floats[t].slice())),
    },
    {
      name: `${name} over 4 bits that learn`,
      weights: rowsByDefinition(composition, packed.map(dequantized)),
      inner: () => shapes.map((shape, t): EmbeddingTable => openQat(shape, floats[t].slice())),
    },
    {
      name: `${name} over packed rows`,
      weights: rowsByDefinition(composition, packed.map(dequantized)),
      inner: () => packed.map((table): EmbeddingTable => packedTable(table, { pooling: "mean" })),
    },
  ];

  for (const { inner, ...subject } of subjects) {
    const open = (pooling: "sum" | "mean"): EmbeddingTable => composition.serve(inner(), pooling);
    for (const check of tableCases({ ...subject, rows, cols, open })) test(check.name, () => check.run());
  }

  const numbers = new WeakMap<object, readonly Float32Array[]>();
  const create = (pooling: "sum" | "mean") => {
    const weights = shapes.map(wholeNumbers);
    const inner = shapes.map((shape, t) => openFloat(shape, weights[t]));
    const table = composition.open(inner, pooling);
    numbers.set(table, [...weights, ...ownNumbers(table)]);
    return table;
  };
  const numbersOf = (table: object) => numbers.get(table) ?? [];
  for (const check of composedTableCases({ name, rows, cols, create, numbers: numbersOf })) {
    test(check.name, () => check.run());
  }

  test("learns through 4 bits, and is served from its packed parts bit for bit", () => {
    const inner = shapes.map((shape, t) => openQat(shape, randomNumbers(shape, t)));
    const table = composition.open(inner, "mean");
    const bags = jaggedFrom([[0, 5], [7], [11, 2, 2]]);
    const vectors = new Float32Array(3 * cols);
    const losses = Array.from({ length: 60 }, () => {
      table.forward(bags, vectors);
      // The loss is half the squared distance from vectors of ones.
      const gradient = vectors.map((value) => value - 1);
      table.apply(table.backward(bags, gradient), 0.1);
      return gradient.reduce((sum, value) => sum + value * value, 0) / 2;
    });
    const served = composition.serve(
      inner.map((part) => packedTable(part.pack(), { pooling: "sum" })),
      "mean",
    );
    const [trained, answered] = [new Float32Array(3 * cols), new Float32Array(3 * cols)];

    table.lookup(bags, trained);
    served.lookup(bags, answered);

    expect(losses[59]).toBeLessThan(0.5 * losses[0]);
    // A projection of its own has learnt as well; that of the served table has not.
    if (name !== "mixed dimensions") expect(answered).toEqual(trained);
    expect("apply" in served).toBe(false);
  });
});

test("rows that share nothing train as a table of their own", () => {
  const shape = { rows: 9, cols: 3 };
  // Nine rows among ten thousand: this seed keeps them apart.
  const row = createRowHash({ tableRows: 10_000, seed: 2 });
  const places = Array.from({ length: shape.rows }, (_, x) => row(x));
  const memory = new WeakMap<object, Float32Array>();
  const scatter = (weights: Float32Array, into: Float32Array): void => {
    places.forEach((place, x) => into.set(weights.subarray(x * 3, (x + 1) * 3), place * 3));
  };
  const subject = {
    name: "hashed without collisions",
    ...shape,
    create: (weights: Float32Array, pooling: "sum" | "mean") => {
      const inner = new Float32Array(10_000 * 3);
      scatter(weights, inner);
      const table = hashedTable(openFloat([10_000, 3], inner), { rows: shape.rows, seed: 2, pooling });
      memory.set(table, inner);
      return table;
    },
    read: (table: object) =>
      Float32Array.from(
        places.flatMap((place) => [...(memory.get(table) ?? []).slice(place * 3, place * 3 + 3)]),
      ),
    write: (table: object, weights: Float32Array) => {
      scatter(weights, memory.get(table) ?? weights);
    },
  };

  expect(new Set(places).size).toBe(shape.rows);
  for (const check of trainableTableCases(subject)) check.run();
});

test("two features share a robe through a collection, which sums their gradients", () => {
  const cells = Float32Array.from({ length: 40 }, (_, i) => i - 20);
  const table = robeTable(openFloat([20, 2], cells), {
    rows: 12,
    cols: 4,
    blockCols: 2,
    hash: "mixing",
    seed: 0,
    signs: true,
    pooling: "sum",
  });
  const twice = createTrainableCollection([
    { name: "seen", table },
    { name: "bought", table },
  ]);
  const bags = { seen: jaggedFrom([[1]]), bought: jaggedFrom([[1, 7]]) };
  const vectors = new Float32Array(8);

  twice.forward(bags, vectors);
  const [gradient, ...others] = twice.backward(bags, new Float32Array(8).fill(1));

  expect(others).toEqual([]);
  expect([...gradient.rows.subarray(0, gradient.count)]).toEqual([1, 7]);
  expect([...gradient.values.subarray(0, 8)]).toEqual([2, 2, 2, 2, 1, 1, 1, 1]);
});

test("an index outside the vocabulary reads row 0 where the bounds say so", () => {
  const inner = openFloat([2, 1], Float32Array.of(3, 3));
  const table = hashedTable(inner, { rows: 5, seed: 1, pooling: "sum", bounds: { mode: "ignore" } });
  const vectors = new Float32Array(1);

  table.lookup(jaggedFrom([[99]]), vectors);
  const gradient = table.backward(jaggedFrom([[99]]), Float32Array.of(1));

  expect(vectors[0]).toBe(3);
  expect([...gradient.rows.subarray(0, gradient.count)]).toEqual([0]);
});

describe("a composed table is refused", () => {
  const inner = (rows: number, cols: number) => openFloat([rows, cols], new Float32Array(rows * cols));
  const pooling = "sum";
  const robe = { rows: 9, cols: 4, blockCols: 2, hash: "mixing", seed: 0, signs: false, pooling } as const;
  const train = { rows: 8, cols: 4, coreRows: [2, 2, 2], dims: [2, 1, 2], rank: 1, pooling } as const;
  const one = inner(4, 4);
  const projected = { cols: 3, projection: projection(), optimizer: { kind: "sgd" }, pooling } as const;

  test.each([
    [
      () => hashedTable(one, { rows: 0, seed: 1, pooling }),
      "hashedTable: rows is 0, expected an integer >= 1",
    ],
    [() => hashedTable(one, { rows: 5, seed: -1, pooling }), "row hash: seed is -1"],
    [
      () => robeTable(inner(9, 3), robe),
      'robeTable: inner table\'s cols is 3, expected 2, as blocks of hash "mixing" need',
    ],
    [
      () => robeTable(inner(9, 2), { ...robe, blockCols: 3 }),
      "robe mapping: blockCols is 3, expected a divisor",
    ],
    [
      () => quotientRemainderTable(one, inner(3, 4), { rows: 13, combine: "add", pooling }),
      "quotientRemainderTable rows is 13, more than product of the tables' rows = 12 allows",
    ],
    [
      () => quotientRemainderTable(one, inner(3, 2), { rows: 9, combine: "mult", pooling }),
      "quotientRemainderTable: remainder's cols is 2, expected 4",
    ],
    [
      () => quotientRemainderTable(one, one, { rows: 9, combine: "mult", pooling }),
      "quotientRemainderTable: tables is one table twice, expected different tables",
    ],
    [
      () => tensorTrainTable([inner(2, 2), inner(2, 1), inner(2, 3)], train),
      "tensorTrainTable: cores[2].cols is 3, expected 2",
    ],
    [
      () => tensorTrainTable([inner(2, 2), inner(2, 1), inner(3, 2)], train),
      "tensorTrainTable: cores[2].rows is 3, expected 2",
    ],
    [
      () => tensorTrainTable([inner(2, 2), inner(2, 1), inner(2, 2)], { ...train, dims: [2, 2, 2] }),
      "tensorTrainTable: product of dims is 8, expected 4",
    ],
    [
      () => mixedDimensionTable(one, projected),
      "mixedDimensionTable: projection has 8 elements, expected 12",
    ],
  ])("when its parts do not fit, case %#", (open, message) => {
    expect(open).toThrow(message);
  });
});

test("a gradient that overflows in the parts changes none of them", () => {
  const open = (weight: number) =>
    floatTable({
      rows: 1,
      cols: 1,
      pooling: "sum",
      optimizer: { kind: "sgd" },
      weights: Float32Array.of(weight),
    });
  const [quotient, remainder] = [open(1e30), open(2)];
  const table = quotientRemainderTable(quotient, remainder, { rows: 1, combine: "mult", pooling: "sum" });
  const gradient = table.backward(jaggedFrom([[0]]), Float32Array.of(1e30));

  expect(() => table.apply(gradient, 1)).toThrow("quotientRemainderTable gradient");
  expect([quotient.weights[0], remainder.weights[0]]).toEqual([Math.fround(1e30), 2]);
});

test("a robe over packed codes reads them where they lie", () => {
  const format = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } } as const;
  const packed = { ...allocateRows(format, 9), scale: Float32Array.of(0.5) };
  const choice = { rows: 100, cols: 4, blockCols: 2, hash: "mixing", seed: 0, signs: true } as const;
  const table = robeTable(packedTable(packed, { pooling: "sum" }), { ...choice, pooling: "sum" });
  const vectors = new Float32Array(4);

  table.lookup(jaggedFrom([[42]]), vectors);

  // Codes of 0 are the weight −8 times the scale.
  expect([...vectors].map(Math.abs)).toEqual([4, 4, 4, 4]);
});

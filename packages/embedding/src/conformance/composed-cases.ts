import { jaggedFrom, type Jagged, type Pooling } from "@dqrm/core";
import type { ConformanceCase } from "@dqrm/core/conformance";
import type { ComposedTable } from "../composed-table.ts";
import { BAG_SHAPES } from "./bags.ts";
import { expectCode, expectNumbers } from "./expect.ts";

/**
 * Is a table under test whose rows are computed from other numbers, which learn by plain SGD without quantization.
 *
 * Every number of a row is linear in each single one of these numbers, which lie between −4 and 4.
 */
export interface ComposedSubject {
  readonly name: string;
  /** At least 8. */
  readonly rows: number;
  readonly cols: number;
  /** Makes a table, with the same numbers at each call. */
  create(pooling: Pooling): ComposedTable;
  /** Gives every array that training a table from `create` changes. */
  numbers(table: ComposedTable): readonly Float32Array[];
}

const weighted: Jagged = {
  ...jaggedFrom([[2, 7, 2], [], [7, 0]]),
  weights: Float32Array.of(1, 2, 4, 0.5, -1),
};

/**
 * Lists what every {@link ComposedTable} has to do, bound to no test runner. Run `tableCases` as well.
 *
 * ```ts doctest
 * import { floatTable, hashedTable } from "@dqrm/embedding";
 * import { composedTableCases } from "@dqrm/embedding/conformance";
 * const shape = { rows: 20, cols: 3 };
 * const memory = new WeakMap<object, Float32Array>();
 * const create = (pooling: "sum" | "mean") => {
 *   const weights = Float32Array.from({ length: 15 }, (_, i) => (i % 7) - 3);
 *   const inner = floatTable({ rows: 5, cols: 3, weights, pooling: "sum", optimizer: { kind: "sgd" } });
 *   const table = hashedTable(inner, { rows: 20, seed: 1, pooling });
 *   memory.set(table, weights);
 *   return table;
 * };
 * const numbers = (table: object) => [memory.get(table) ?? new Float32Array(0)];
 * for (const check of composedTableCases({ name: "hashed", ...shape, create, numbers })) check.run();
 * ```
 */
export function* composedTableCases(subject: ComposedSubject): Generator<ConformanceCase> {
  const checks = {
    "forward equals lookup and changes no number": checkForward,
    "backward sums the gradient of each of its rows once": checkBackward,
    "apply steps every number against its gradient": checkApply,
    "a placed table trains the same numbers": checkPlaced,
    "reload makes changed numbers count": checkReload,
    "a batch without indices changes nothing": checkEmpty,
    "a NaN is refused before any number changes": checkNaN,
    "a gradient outside the table is refused before any number changes": checkOutside,
    "a gradient of another width is refused": checkWidth,
  } as const satisfies Readonly<Record<string, (subject: ComposedSubject) => void>>;
  for (const [what, check] of Object.entries(checks)) {
    yield { name: `${subject.name}: ${what}`, run: () => check(subject) };
  }
}

function copyOf(subject: ComposedSubject, table: ComposedTable): readonly number[] {
  return subject.numbers(table).flatMap((array) => [...array]);
}

function checkForward(subject: ComposedSubject): void {
  for (const bags of Object.values(BAG_SHAPES)) {
    const table = subject.create("sum");
    const before = copyOf(subject, table);
    const looked = new Float32Array((bags.offsets.length - 1) * subject.cols);
    const forwarded = looked.slice();

    table.lookup(bags, looked);
    table.forward(bags, forwarded);
    table.backward(bags, looked);

    expectNumbers("forward", forwarded, looked);
    expectNumbers("numbers", copyOf(subject, table), before);
  }
}

function checkBackward(subject: ComposedSubject): void {
  const { cols } = subject;
  const table = subject.create("mean");
  const gradient = Float32Array.from({ length: 3 * cols }, (_, i) => 6 * (i + 1));
  const expected = new Map<number, number[]>([2, 7, 0].map((row) => [row, new Array<number>(cols).fill(0)]));
  const add = (row: number, share: number, bag: number): void => {
    const sum = expected.get(row) ?? [];
    for (let c = 0; c < cols; c++) sum[c] += share * 6 * (bag * cols + c + 1);
  };
  add(2, Math.fround(1 / 3) + Math.fround(4 / 3), 0);
  add(7, Math.fround(2 / 3), 0);
  add(7, 0.25, 2);
  add(0, -0.5, 2);

  const { count, rows, values } = table.backward(weighted, gradient);

  expectNumbers("rows", rows.subarray(0, count), [...expected.keys()]);
  [...expected.values()].flat().forEach((value, i) => {
    // Two or three products and sums, each rounded to f32.
    const bound = 4 * 2 ** -23 * Math.abs(value) + 2 ** -20;
    if (Math.abs(values[i] - value) > bound) {
      throw new Error(`gradient: [${i}] is ${values[i]}, expected ${value} within ${bound}`);
    }
  });
}

/** Gives Σ gradient · vectors as it stands: the loss whose gradient is given. */
function lossOf(table: ComposedTable, gradient: Float32Array): number {
  const vectors = new Float32Array(gradient.length);
  table.reload();
  table.lookup(weighted, vectors);
  return vectors.reduce((sum, value, i) => sum + value * gradient[i], 0);
}

function checkApply(subject: ComposedSubject): void {
  const table = subject.create("sum");
  const arrays = subject.numbers(table);
  const gradient = Float32Array.from({ length: 3 * subject.cols }, (_, i) => ((i * 5) % 7) - 3);
  const slopes = arrays.map((array) =>
    Array.from(array, (value, i) => {
      array[i] = value + 1;
      const [high, above] = [array[i], lossOf(table, gradient)];
      array[i] = value - 1;
      const slope = (above - lossOf(table, gradient)) / (high - array[i]);
      array[i] = value;
      return slope;
    }),
  );
  const before = arrays.map((array) => array.slice());
  table.reload();
  const rate = 0.5;

  table.apply(table.backward(weighted, gradient), rate);

  arrays.forEach((array, k) => {
    array.forEach((value, i) => {
      const expected = before[k][i] - rate * slopes[k][i];
      // Losses of at most 2^12 · 3 cols, of which one is taken from another; each number rounded some ten times.
      const bound = 2 ** 12 * 3 * subject.cols * 2 ** -21;
      if (Math.abs(value - expected) <= bound) return;
      throw new Error(`numbers ${k}: [${i}] is ${value}, expected ${expected} within ${bound}`);
    });
  });
  const moved = arrays.some((array, k) => array.some((value, i) => value !== before[k][i]));
  if (!moved) throw new Error("apply changed no number");
}

function checkPlaced(subject: ComposedSubject): void {
  const { cols } = subject;
  const table = subject.create("sum");
  const other = subject.create("sum");
  const gradient = Float32Array.from({ length: 3 * cols }, (_, i) => (i % 5) - 2);
  const wide = new Float32Array(3 * (cols + 2)).fill(Number.NaN);
  for (let b = 0; b < 3; b++) wide.set(gradient.subarray(b * cols, (b + 1) * cols), b * (cols + 2) + 1);
  const placed = table.placed({ stride: cols + 2, offset: 1 });

  placed.apply(placed.backward(weighted, wide), 0.5);
  other.apply(other.backward(weighted, gradient), 0.5);

  expectNumbers("numbers", copyOf(subject, table), copyOf(subject, other));
}

function checkReload(subject: ComposedSubject): void {
  const table = subject.create("sum");
  const [first] = subject.numbers(table);
  const bags = jaggedFrom(Array.from({ length: subject.rows }, (_, row) => [row]));
  const before = new Float32Array(subject.rows * subject.cols);
  const [changed, after] = [before.slice(), before.slice()];
  table.lookup(bags, before);

  const kept = first.slice();
  first.forEach((value, i) => (first[i] = 3 - 2 * value));
  table.reload();
  table.lookup(bags, changed);
  first.set(kept);
  table.reload();
  table.lookup(bags, after);

  if (changed.every((value, i) => value === before[i])) throw new Error("changed numbers do not count");
  expectNumbers("vectors of the first numbers again", after, before);
}

function checkEmpty(subject: ComposedSubject): void {
  const table = subject.create("sum");
  const before = copyOf(subject, table);
  table.backward(weighted, new Float32Array(3 * subject.cols).fill(1));

  const gradient = table.backward(jaggedFrom([[], []]), new Float32Array(2 * subject.cols).fill(1));
  table.apply(gradient, 1);

  expectNumbers("rows touched", [gradient.count], [0]);
  expectNumbers("numbers", copyOf(subject, table), before);
}

function checkNaN(subject: ComposedSubject): void {
  const table = subject.create("sum");
  const before = copyOf(subject, table);
  const touched = table.backward(jaggedFrom([[0], [1]]), new Float32Array(2 * subject.cols).fill(1));
  touched.values[touched.count * subject.cols - 1] = Number.NaN;

  expectCode("NON_FINITE", () => {
    table.apply(touched, 1);
  });

  expectNumbers("numbers", copyOf(subject, table), before);
}

function checkOutside(subject: ComposedSubject): void {
  const table = subject.create("sum");
  const before = copyOf(subject, table);
  const touched = table.backward(jaggedFrom([[0], [1]]), new Float32Array(2 * subject.cols).fill(1));
  touched.rows[1] = subject.rows;

  expectCode("INDEX_RANGE", () => {
    table.apply(touched, 1);
  });

  expectNumbers("numbers", copyOf(subject, table), before);
}

function checkWidth(subject: ComposedSubject): void {
  const table = subject.create("sum");
  const touched = table.backward(jaggedFrom([[0]]), new Float32Array(subject.cols).fill(1));

  expectCode("SHAPE", () => {
    table.apply({ ...touched, cols: subject.cols + 1 }, 1);
  });
}

import { jaggedFrom, type Pooling, type RowGradient } from "@dqrm/core";
import type { ConformanceCase } from "@dqrm/core/conformance";
import type { TrainableTable } from "../table.ts";
import type { TableShape } from "../initial-values.ts";
import { BAG_SHAPES } from "./bags.ts";
import { expectCode, expectNumbers } from "./expect.ts";

/**
 * Is a kind of table under test that learns by plain SGD, with scales (if it has any) that follow every step.
 *
 * A table that keeps its weights in the array given to `create` leaves out `read` and `write`. Any other has both, and
 * holds whole numbers and halves between −64 and 63.5 exactly.
 */
export interface TrainableSubject<T extends TrainableTable = TrainableTable> {
  readonly name: string;
  /** At least 8. */
  readonly rows: number;
  readonly cols: number;
  /** Makes a table over the given weights. @shape weights f32[rows × cols] */
  create(weights: Float32Array, pooling: Pooling): T;
  /** Gives the weights that the rows of a table from `create` stand for. @shape f32[rows × cols] */
  read?(table: T): Float32Array;
  /** Gives the rows of a table from `create` other weights, as a caller would who then calls `reload`. */
  write?(table: T, weights: Float32Array): void;
}

/**
 * Lists what every {@link TrainableTable} has to do, bound to no test runner. Run {@link tableCases} as well.
 *
 * The numbers are small integers and halves, so that sums are exact and results are compared exactly.
 *
 * ```ts doctest
 * import { floatTable } from "@dqrm/embedding";
 * import { trainableTableCases } from "@dqrm/embedding/conformance";
 * const shape = { rows: 9, cols: 3 };
 * const create = (weights: Float32Array, pooling: "sum" | "mean") =>
 *   floatTable({ ...shape, pooling, weights, optimizer: { kind: "sgd" } });
 * for (const check of trainableTableCases({ name: "float", ...shape, create })) check.run();
 * ```
 */
export function* trainableTableCases<T extends TrainableTable>(
  subject: TrainableSubject<T>,
): Generator<ConformanceCase> {
  const checks = {
    "forward equals lookup and changes no weight": checkForward,
    "a mean passes on its share of the gradient": checkMean,
    "apply steps the touched rows and no other": checkApply,
    "a placed table reads its columns and trains the same weights": checkPlaced,
    "reload makes changed weights count": checkReload,
    "a batch without indices changes nothing": checkEmpty,
    "a NaN is refused before any row changes": checkNaN,
    "a gradient outside the table is refused before any row changes": checkOutside,
  } as const satisfies Readonly<Record<string, (subject: TrainableSubject<T>) => void>>;
  for (const [what, check] of Object.entries(checks)) {
    yield { name: `${subject.name}: ${what}`, run: () => check(subject) };
  }
  yield {
    name: `${subject.name}: backward sums the gradient of each row once`,
    run: () => checkBackward(subject),
  };
}

function weightsOf({ rows, cols }: TableShape): Float32Array {
  return Float32Array.from({ length: rows * cols }, (_, i) => ((i * 5) % 15) - 7);
}

/** Gives the weights of a table that was made over an array. */
function readWeights<T extends TrainableTable>(
  subject: TrainableSubject<T>,
  table: T,
  given: Float32Array,
): Float32Array {
  return subject.read === undefined ? given : subject.read(table);
}

/** Lists the gradient of every row of the table, zero where none was given. */
function spread({ rows, cols }: TableShape, gradient: RowGradient): Float32Array {
  const dense = new Float32Array(rows * cols);
  const seen = new Set<number>();
  for (let k = 0; k < gradient.count; k++) {
    const row = gradient.rows[k];
    if (seen.has(row)) throw new Error(`row ${row} stands twice in the gradient`);
    seen.add(row);
    dense.set(gradient.values.subarray(k * cols, (k + 1) * cols), row * cols);
  }
  return dense;
}

function checkForward<T extends TrainableTable>(subject: TrainableSubject<T>): void {
  for (const bags of Object.values(BAG_SHAPES)) {
    const weights = weightsOf(subject);
    const table = subject.create(weights, "sum");
    const looked = new Float32Array((bags.offsets.length - 1) * subject.cols);
    const forwarded = looked.slice();

    table.lookup(bags, looked);
    table.forward(bags, forwarded);
    table.backward(bags, looked);

    expectNumbers("forward", forwarded, looked);
    expectNumbers("weights", readWeights(subject, table, weights), weightsOf(subject));
  }
}

function checkBackward<T extends TrainableTable>(subject: TrainableSubject<T>): void {
  const { cols } = subject;
  const table = subject.create(weightsOf(subject), "sum");
  const bags = { ...jaggedFrom([[2, 7, 2], [], [7]]), weights: Float32Array.of(1, 2, 4, 0.5) };
  const gradient = Float32Array.from({ length: 3 * cols }, (_, i) => i + 1);
  const expected = new Float32Array(subject.rows * cols);
  for (let c = 0; c < cols; c++) {
    expected[2 * cols + c] = (1 + 4) * gradient[c];
    expected[7 * cols + c] = 2 * gradient[c] + 0.5 * gradient[2 * cols + c];
  }

  expectNumbers("gradient", spread(subject, table.backward(bags, gradient)), expected);
  expectNumbers("gradient of a second call", spread(subject, table.backward(bags, gradient)), expected);
}

function checkMean<T extends TrainableTable>(subject: TrainableSubject<T>): void {
  const { cols } = subject;
  const table = subject.create(weightsOf(subject), "mean");
  const gradient = new Float32Array(cols).fill(8);
  const expected = new Float32Array(subject.rows * cols);
  expected.fill(2, 0, cols);
  expected.fill(6, cols, 2 * cols);

  expectNumbers("gradient", spread(subject, table.backward(jaggedFrom([[1, 0, 1, 1]]), gradient)), expected);
}

function checkApply<T extends TrainableTable>(subject: TrainableSubject<T>): void {
  const { cols } = subject;
  const weights = weightsOf(subject);
  const table = subject.create(weights, "sum");
  const expected = weightsOf(subject);
  for (let c = 0; c < cols; c++) {
    expected[3 * cols + c] -= 0.5 * 2;
    expected[6 * cols + c] -= 0.5;
  }

  table.apply(table.backward(jaggedFrom([[3, 6, 3]]), new Float32Array(cols).fill(1)), 0.5);

  expectNumbers("weights", readWeights(subject, table, weights), expected);
}

function checkPlaced<T extends TrainableTable>(subject: TrainableSubject<T>): void {
  const { cols } = subject;
  const weights = weightsOf(subject);
  const table = subject.create(weights, "sum");
  const placed = table.placed({ stride: cols + 2, offset: 1 });
  const gradient = new Float32Array(2 * (cols + 2)).fill(Number.NaN);
  gradient.fill(1, 1, cols + 1);
  gradient.fill(2, cols + 3, 2 * cols + 3);
  const expected = weightsOf(subject).map((w, i) => (i < cols ? w - 2 : i < 2 * cols ? w - 1 : w));

  placed.apply(placed.backward(jaggedFrom([[1], [0]]), gradient), 1);

  expectNumbers("weights", readWeights(subject, table, weights), expected);
}

function checkReload<T extends TrainableTable>(subject: TrainableSubject<T>): void {
  const weights = weightsOf(subject);
  const table = subject.create(weights, "sum");
  const bags = jaggedFrom([[5]]);
  const vectors = new Float32Array(subject.cols);
  const fresh = vectors.slice();

  const changed = weights.map((weight) => 20 - 3 * weight);
  if (subject.write === undefined) weights.set(changed);
  else subject.write(table, changed);
  table.reload();
  table.lookup(bags, vectors);
  subject.create(changed, "sum").lookup(bags, fresh);

  expectNumbers("vectors", vectors, fresh);
}

function checkEmpty<T extends TrainableTable>(subject: TrainableSubject<T>): void {
  const weights = weightsOf(subject);
  const table = subject.create(weights, "sum");
  table.backward(jaggedFrom([[1]]), new Float32Array(subject.cols).fill(1));

  const gradient = table.backward(jaggedFrom([[], []]), new Float32Array(2 * subject.cols).fill(1));
  table.apply(gradient, 1);

  expectNumbers("rows touched", [gradient.count], [0]);
  expectNumbers("weights", readWeights(subject, table, weights), weightsOf(subject));
}

function checkNaN<T extends TrainableTable>(subject: TrainableSubject<T>): void {
  const weights = weightsOf(subject);
  const table = subject.create(weights, "sum");
  const gradient = new Float32Array(2 * subject.cols).fill(1);
  gradient[gradient.length - 1] = Number.NaN;
  const touched = table.backward(jaggedFrom([[0], [1]]), gradient);

  expectCode("NON_FINITE", () => {
    table.apply(touched, 1);
  });

  expectNumbers("weights", readWeights(subject, table, weights), weightsOf(subject));
}

function checkOutside<T extends TrainableTable>(subject: TrainableSubject<T>): void {
  const weights = weightsOf(subject);
  const table = subject.create(weights, "sum");
  const touched = table.backward(jaggedFrom([[0], [1]]), new Float32Array(2 * subject.cols).fill(1));
  touched.rows[1] = subject.rows;

  expectCode("INDEX_RANGE", () => {
    table.apply(touched, 1);
  });

  expectNumbers("weights", readWeights(subject, table, weights), weightsOf(subject));
}

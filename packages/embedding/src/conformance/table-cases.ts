import { bagCount, createKernels, jaggedFrom, reference, type Jagged, type Pooling } from "@dqrm/core";
import type { ConformanceCase } from "@dqrm/core/conformance";
import type { EmbeddingTable } from "../table.ts";
import { BAG_SHAPES } from "./bags.ts";
import { expectCode, expectNumbers } from "./expect.ts";

/** Is a table under test, with the rows that it ought to hold. */
export interface TableSubject {
  readonly name: string;
  /** At least 8. */
  readonly rows: number;
  readonly cols: number;
  /** The rows as lookups see them, dequantized. @shape f32[rows × cols] */
  readonly weights: Float32Array;
  /** Makes the table, with fatal bounds. */
  open(pooling: Pooling): EmbeddingTable;
}

const CANARY = -12_345;

/**
 * Lists what every {@link EmbeddingTable} has to do, bound to no test runner.
 *
 * Results are compared exactly: pooling rounds as the op embeddingBag says, whatever the rows are made of.
 *
 * ```ts doctest
 * import { floatTable, uniformInit } from "@dqrm/embedding";
 * import { tableCases } from "@dqrm/embedding/conformance";
 * const shape = { rows: 9, cols: 3 };
 * const weights = uniformInit(shape, { seed: 1, stream: 0 });
 * const open = (pooling: "sum" | "mean") => floatTable({ ...shape, pooling, weights, optimizer: { kind: "sgd" } });
 * for (const check of tableCases({ name: "float", ...shape, weights, open })) check.run();
 * ```
 */
export function* tableCases(subject: TableSubject): Generator<ConformanceCase> {
  const { name, rows, cols } = subject;
  yield {
    name: `${name}: tells its size and pooling`,
    run: () => {
      const table = subject.open("mean");
      expectNumbers("rows and cols", [table.rows, table.cols], [rows, cols]);
      if (table.pooling !== "mean") throw new Error(`pooling is ${table.pooling}, expected mean`);
    },
  };
  for (const pooling of ["sum", "mean"] as const) {
    for (const [shape, bags] of Object.entries(BAG_SHAPES)) {
      yield { name: `${name}: ${pooling} of ${shape}`, run: () => checkLookup(subject, pooling, bags) };
      yield {
        name: `${name}: ${pooling} of ${shape}, placed`,
        run: () => checkPlaced(subject, pooling, bags),
      };
    }
  }
  for (const index of [-1, rows, 2 ** 31 - 1, -(2 ** 31)]) {
    yield { name: `${name}: refuses index ${index}`, run: () => checkHostile(subject, index) };
  }
  yield { name: `${name}: refuses a dst that is too short`, run: () => checkShort(subject) };
  yield { name: `${name}: leaves the bags as they are`, run: () => checkInputs(subject) };
}

function expectedOf({ weights, rows, cols }: TableSubject, pooling: Pooling, bags: Jagged): Float32Array {
  const spec = { cols, pooling, stride: cols, offset: 0 };
  const dst = new Float32Array(bagCount(bags) * cols);
  createKernels([reference]).prepare("embeddingBag", spec)(weights, rows, bags, dst, 0, bagCount(bags));
  return dst;
}

function checkLookup(subject: TableSubject, pooling: Pooling, bags: Jagged): void {
  const expected = expectedOf(subject, pooling, bags);
  const memory = new Float32Array(expected.length + 2).fill(CANARY);
  const table = subject.open(pooling);
  const dst = memory.subarray(1, expected.length + 1);

  table.lookup(bags, dst);
  expectNumbers("vectors", dst, expected);
  table.lookup(bags, dst);
  expectNumbers("vectors of a second call", dst, expected);
  expectNumbers("memory beside dst", [memory[0], memory[memory.length - 1]], [CANARY, CANARY]);
}

function checkPlaced(subject: TableSubject, pooling: Pooling, bags: Jagged): void {
  const { cols } = subject;
  const vectors = expectedOf(subject, pooling, bags);
  const stride = cols + 3;
  const expected = new Float32Array(bagCount(bags) * stride).fill(CANARY);
  for (let bag = 0; bag < bagCount(bags); bag++) {
    expected.set(vectors.subarray(bag * cols, (bag + 1) * cols), bag * stride + 2);
  }
  const dst = new Float32Array(expected.length).fill(CANARY);

  subject.open(pooling).placed({ stride, offset: 2 }).lookup(bags, dst);

  expectNumbers("matrix", dst, expected);
}

function checkHostile(subject: TableSubject, index: number): void {
  const table = subject.open("sum");
  expectCode("INDEX_RANGE", () => {
    table.lookup(jaggedFrom([[0, 1], [], [2, index]]), new Float32Array(3 * subject.cols));
  });
}

function checkShort(subject: TableSubject): void {
  const table = subject.open("sum");
  expectCode("SHAPE", () => {
    table.lookup(jaggedFrom([[0], [1]]), new Float32Array(2 * subject.cols - 1));
  });
}

function checkInputs(subject: TableSubject): void {
  const bags = { ...jaggedFrom([[3, 1], [2]]), weights: Float32Array.of(1, 2, 3) };
  const { indices, offsets, weights } = bags;
  const before = [...indices, ...offsets, ...weights];

  subject.open("mean").lookup(bags, new Float32Array(2 * subject.cols));

  expectNumbers("bags", [...indices, ...offsets, ...weights], before);
}

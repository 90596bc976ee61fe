import type { Jagged, RowGradient } from "@dqrm/core";
import type { EmbeddingTable, TrainableTable } from "./table.ts";

/** Says which rows of one table an index reads. */
export interface RowRead {
  readonly table: EmbeddingTable;
  /** Rows for each index, one after the other. */
  readonly parts: number;
  readonly row: (index: number, part: number) => number;
  /** Absent when all parts count with sign 1. */
  readonly sign?: (index: number, part: number) => number;
}

/** Says how rows are computed from rows of other tables. */
export interface RowComposition {
  /** Names the table in errors. */
  readonly op: string;
  readonly rows: number;
  readonly cols: number;
  readonly reads: readonly RowRead[];
  /** Absent when the parts of the only read, side by side, are the row. */
  readonly arithmetic?: RowArithmetic;
  /** What the optimizer remembers of the composition's own numbers. */
  readonly optimizerState?: Float32Array;
  /** Updates the composition's own numbers by the gradient of the last `split`. @throws NON_FINITE before it changes one */
  readonly step?: (learningRate: number) => void;
}

/**
 * Computes rows from what was read, and the gradient back.
 *
 * @shape read[k] f32[count × parts of k × its table's cols] → rows f32[count × cols]
 */
export interface RowArithmetic {
  join(read: readonly Float32Array[], rows: Float32Array, count: number): void;
  /** Overwrites `dread`. */
  split(
    read: readonly Float32Array[],
    drows: Float32Array,
    dread: readonly Float32Array[],
    count: number,
  ): void;
}

/** Reads and computes the rows of indices; memory grows with the batches. */
export interface RowComposer {
  /** Returns the rows, with at least one and perhaps more behind them; valid until the next call. */
  compose(indices: Int32Array, training: boolean): Float32Array;
  /** Returns the gradient of what the rows with the given indices read, one for each table that learns; their own. */
  decompose(indices: Int32Array, drows: Float32Array): readonly RowGradient[];
  /** Returns 0, 1, 2 … with at least `count` + 1 numbers. */
  counting(count: number): Int32Array;
}

/** Prepares to read the rows that a composition names. */
export function createRowComposer({ arithmetic, cols, reads }: RowComposition): RowComposer {
  let counting = new Int32Array(1);
  const countTo = (count: number): Int32Array => {
    if (counting.length <= count) counting = Int32Array.from({ length: 2 * count + 1 }, (_, i) => i);
    return counting;
  };
  const readers = reads.map((read) => createReader(read, countTo));
  let rows = new Float32Array(cols);
  let dread: readonly Float32Array[] = [];

  return {
    counting: countTo,
    compose(indices, training) {
      const read = readers.map((reader) => reader.read(indices, training));
      if (arithmetic === undefined) return read[0];
      if (rows.length < indices.length * cols) rows = new Float32Array(2 * indices.length * cols);
      arithmetic.join(read, rows, indices.length);
      return rows;
    },
    decompose(indices, drows) {
      if (arithmetic === undefined) return readers.flatMap((reader) => reader.backward(indices, drows));
      const read = readers.map((reader) => reader.read(indices, false));
      dread = read.map(({ length }, k) =>
        length === dread.at(k)?.length ? dread[k] : new Float32Array(length),
      );
      arithmetic.split(read, drows, dread, indices.length);
      return readers.flatMap((reader, k) => reader.backward(indices, dread[k]));
    },
  };
}

interface Reader {
  read(indices: Int32Array, training: boolean): Float32Array;
  /** Returns the gradient of the rows read, or none when the table does not learn. */
  backward(indices: Int32Array, dread: Float32Array): readonly RowGradient[];
}

/** Reads each row alone in a bag, so that a table of any kind may hold it. */
function createReader({ parts, row, sign, table }: RowRead, countTo: RowComposer["counting"]): Reader {
  const dense = table.placed({ stride: table.cols, offset: 0 });
  const learner = learns(dense) ? dense : undefined;
  let mapped = new Int32Array(0);
  let signs = new Float32Array(0);
  let values = new Float32Array(parts * table.cols);

  const bagsOf = (indices: Int32Array): Jagged => {
    const count = indices.length * parts;
    if (mapped.length < count) {
      mapped = new Int32Array(2 * count);
      signs = new Float32Array(sign === undefined ? 0 : 2 * count);
      values = new Float32Array(2 * count * table.cols);
    }
    for (let i = 0; i < indices.length; i++) {
      for (let part = 0; part < parts; part++) {
        mapped[i * parts + part] = row(indices[i], part);
        if (sign !== undefined) signs[i * parts + part] = sign(indices[i], part);
      }
    }
    const single = { indices: mapped.subarray(0, count), offsets: countTo(count).subarray(0, count + 1) };
    return sign === undefined ? single : { ...single, weights: signs.subarray(0, count) };
  };

  return {
    read(indices, training) {
      const bags = bagsOf(indices);
      if (training && learner !== undefined) learner.forward(bags, values);
      else dense.lookup(bags, values);
      return values;
    },
    backward(indices, dread) {
      if (learner === undefined) return [];
      return [learner.backward(bagsOf(indices), dread)];
    },
  };
}

/** Tells whether a table learns. */
export function learns(table: EmbeddingTable): table is TrainableTable {
  return "apply" in table && "backward" in table;
}

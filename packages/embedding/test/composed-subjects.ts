import {
  coreCols,
  coreIndices,
  createRobeMapping,
  createRowHash,
  type Pooling,
  type RobeSpec,
  type TensorTrainShape,
} from "@dqrm/core";
import {
  floatTable,
  hashedTable,
  mixedDimensionTable,
  quotientRemainderTable,
  robeTable,
  tensorTrainTable,
  type ComposedTable,
  type EmbeddingTable,
  type TrainableTable,
} from "@dqrm/embedding";

/** Rows and columns of an inner table. */
export type Shape = readonly [rows: number, cols: number];

/** Is one way of computing rows: the tables that it reads, how it opens over them, and its rows by the definition. */
export interface Composition {
  readonly rows: number;
  readonly cols: number;
  readonly shapes: readonly Shape[];
  open(inner: readonly TrainableTable[], pooling: Pooling): ComposedTable;
  serve(inner: readonly EmbeddingTable[], pooling: Pooling): EmbeddingTable;
  /** Gives number c of row x, of the weights of the inner tables. */
  number(weights: readonly Float32Array[], x: number, c: number): number;
}

const ROWS = 12;
const COLS = 4;
const size = { rows: ROWS, cols: COLS };
const sgd = { kind: "sgd" } as const;

function robe(shape: Shape, overrides: Partial<RobeSpec>): Composition {
  const choice = { cols: COLS, blockCols: 2, hash: "mixing", seed: 3, signs: true, ...overrides } as const;
  const mapping = createRobeMapping({ ...choice, cells: shape[0] * shape[1], keyOffset: 0 });
  const width = mapping.tableCols;
  return {
    ...size,
    shapes: [shape],
    open: ([inner], pooling) => robeTable(inner, { ...choice, rows: ROWS, pooling }),
    serve: ([inner], pooling) => robeTable(inner, { ...choice, rows: ROWS, pooling }),
    number: ([m], x, c) => {
      const part = Math.floor(c / width);
      return mapping.sign(x, part) * m[mapping.row(x, part) * width + (c % width)];
    },
  };
}

function quotientRemainder(combine: "mult" | "add" | "concat", left: number): Composition {
  const options = { rows: ROWS, combine } as const;
  const right = combine === "concat" ? COLS - left : left;
  return {
    ...size,
    shapes: [
      [4, left],
      [3, right],
    ],
    open: ([q, r], pooling) => quotientRemainderTable(q, r, { ...options, pooling }),
    serve: ([q, r], pooling) => quotientRemainderTable(q, r, { ...options, pooling }),
    number: ([q, r], x, c) => {
      const [row, rest] = [Math.floor(x / 3), x % 3];
      if (combine === "concat") return c < left ? q[row * left + c] : r[rest * right + c - left];
      const [a, b] = [q[row * left + c], r[rest * left + c]];
      return Math.fround(combine === "mult" ? a * b : a + b);
    },
  };
}

function tensorTrain(): Composition {
  const shape: TensorTrainShape = { cols: COLS, coreRows: [3, 2, 2], dims: [2, 1, 2], rank: 2 };
  const widths = coreCols(shape);
  const options = { ...shape, rows: ROWS };
  return {
    ...size,
    shapes: widths.map((cols, k) => [shape.coreRows[k], cols] as const),
    open: ([a, b, c], pooling) => tensorTrainTable([a, b, c], { ...options, pooling }),
    serve: ([a, b, c], pooling) => tensorTrainTable([a, b, c], { ...options, pooling }),
    number: ([g1, g2, g3], x, c) => {
      const [i1, i2, i3] = coreIndices(shape.coreRows, x);
      const [first, last] = [Math.floor(c / 2), c % 2];
      let sum = 0;
      for (let q = 0; q < 2; q++) {
        let joined = 0;
        for (let p = 0; p < 2; p++) {
          joined += g1[i1 * widths[0] + first * 2 + p] * g2[i2 * widths[1] + p * 2 + q];
        }
        sum += Math.fround(joined) * g3[i3 * widths[2] + q * 2 + last];
      }
      return Math.fround(sum);
    },
  };
}

/** Gives the projection of the composition with mixed dimensions. */
export const projection = (): Float32Array =>
  Float32Array.from({ length: COLS * 2 }, (_, i) => ((i * 3) % 7) - 3);

const projections = new WeakMap<object, Float32Array>();

/** Gives the numbers that a table holds itself, besides those of its parts. */
export function ownNumbers(table: ComposedTable): readonly Float32Array[] {
  const own = projections.get(table);
  return own === undefined ? [] : [own];
}

function mixedDimensions(): Composition {
  const options = { cols: COLS, optimizer: sgd } as const;
  return {
    ...size,
    shapes: [[ROWS, 2]],
    open: ([inner], pooling) => {
      const own = projection();
      const table = mixedDimensionTable(inner, { ...options, projection: own, pooling });
      projections.set(table, own);
      return table;
    },
    serve: ([inner], pooling) =>
      mixedDimensionTable(inner, { ...options, projection: projection(), pooling }),
    number: ([m], x, c) => {
      const p = projection();
      return Math.fround(p[c * 2] * m[x * 2] + p[c * 2 + 1] * m[x * 2 + 1]);
    },
  };
}

function hashed(): Composition {
  const row = createRowHash({ tableRows: 5, seed: 1 });
  const options = { rows: ROWS, seed: 1 };
  return {
    ...size,
    shapes: [[5, COLS]],
    open: ([inner], pooling) => hashedTable(inner, { ...options, pooling }),
    serve: ([inner], pooling) => hashedTable(inner, { ...options, pooling }),
    number: ([m], x, c) => m[row(x) * COLS + c],
  };
}

/** Every way of computing rows from rows of other tables. */
export const COMPOSITIONS: Readonly<Record<string, Composition>> = {
  hashed: hashed(),
  robe: robe([9, 2], { signs: false }),
  "robe with signs": robe([9, 2], {}),
  "robe of whole rows": robe([7, COLS], { blockCols: COLS }),
  "the authors' robe": robe([17, 1], { hash: "reference", signs: false }),
  "quotient-remainder mult": quotientRemainder("mult", COLS),
  "quotient-remainder add": quotientRemainder("add", COLS),
  "quotient-remainder concat": quotientRemainder("concat", 1),
  "tensor train": tensorTrain(),
  "mixed dimensions": mixedDimensions(),
};

/** Gives small whole numbers, so that sums are exact. */
export function wholeNumbers([rows, cols]: Shape, table: number): Float32Array {
  return Float32Array.from({ length: rows * cols }, (_, i) => ((i * 5 + table * 3) % 9) - 4);
}

/** Opens a float table that learns by plain SGD. */
export function openFloat([rows, cols]: Shape, weights: Float32Array): TrainableTable {
  return floatTable({ rows, cols, pooling: "sum", optimizer: sgd, weights });
}

/** Computes all rows by the definition. */
export function rowsByDefinition(
  { cols, number, rows }: Composition,
  weights: readonly Float32Array[],
): Float32Array {
  return Float32Array.from({ length: rows * cols }, (_, i) =>
    number(weights, Math.floor(i / cols), i % cols),
  );
}

import { describe, expect, test } from "vitest";
import { createRandom, createRobeMapping, type RobeMapping } from "../../src/index.ts";

const plain = { hash: "mixing", keyOffset: 0 } as const;
const DRAWS = 20_000;
const COLS = 16;
const CELLS = 64;

function normals(seed: number): Float64Array {
  const random = createRandom({ seed, stream: 0 });
  return Float64Array.from({ length: COLS }, () => random.normal());
}

/** Folds a vector into the shared array as the row of index 0, and adds up: what M holds for this row alone. */
function sketch({ parts, row, sign, tableCols }: RobeMapping, values: Float64Array): Float64Array {
  const cells = new Float64Array(CELLS);
  for (let part = 0; part < parts; part++) {
    for (let c = 0; c < tableCols; c++) {
      cells[row(0, part) * tableCols + c] += sign(0, part) * values[part * tableCols + c];
    }
  }
  return cells;
}

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** Draws maps by their seeds and measures the error of the inner product of two rows that share cells. */
function errorMoments(
  blockCols: number,
  draws: number,
  pair: (draw: number) => readonly [Float64Array, Float64Array],
): Moments {
  let sum = 0;
  let squares = 0;
  for (let seed = 0; seed < draws; seed++) {
    const mapping = createRobeMapping({ ...plain, cells: CELLS, cols: COLS, blockCols, seed, signs: true });
    const [x, y] = pair(seed);
    const error = inner(sketch(mapping, x), sketch(mapping, y)) - inner(x, y);
    sum += error;
    squares += error * error;
  }
  return { mean: sum / draws, variance: squares / draws };
}

/** Var = (1/m) Σ over i, j in different blocks of x_i² y_j² + x_i y_i x_j y_j: entries of one block never collide. */
function formula(x: Float64Array, y: Float64Array, blockCols: number): number {
  let sum = 0;
  for (let i = 0; i < COLS; i++) {
    for (let j = 0; j < COLS; j++) {
      if (Math.floor(i / blockCols) === Math.floor(j / blockCols)) continue;
      sum += x[i] ** 2 * y[j] ** 2 + x[i] * y[i] * x[j] * y[j];
    }
  }
  return sum / CELLS;
}

/** Of aligned blocks with one sign each: (Z/m) Σ over blocks c ≠ d of A_cd² + A_cd A_dc, A_cd = Σ_o x_(c,o) y_(d,o). */
function alignedFormula(x: Float64Array, y: Float64Array, blockCols: number): number {
  const blocks = COLS / blockCols;
  const product = (c: number, d: number): number => {
    let sum = 0;
    for (let o = 0; o < blockCols; o++) sum += x[c * blockCols + o] * y[d * blockCols + o];
    return sum;
  };
  let sum = 0;
  for (let c = 0; c < blocks; c++) {
    for (let d = 0; d < blocks; d++) {
      if (c !== d) sum += product(c, d) ** 2 + product(c, d) * product(d, c);
    }
  }
  return (blockCols / CELLS) * sum;
}

const [first, second] = [normals(1), normals(2)];

describe("the inner product of two rows of a robe with signs", () => {
  test.each([1, 2, 4, 8])("has the variance of aligned blocks within 5 percent, Z = %i", (blockCols) => {
    const { variance } = errorMoments(blockCols, DRAWS, () => [first, second]);
    const expected = alignedFormula(first, second, blockCols);

    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.05);
  });

  test.each([1, 2, 4, 8])(
    "has the variance of the formula over all rows within 5 percent, Z = %i",
    (blockCols) => {
      let expected = 0;
      const { variance } = errorMoments(blockCols, DRAWS, (draw) => {
        const x = normals(1000 + 2 * draw);
        const y = normals(1001 + 2 * draw);
        expected += formula(x, y, blockCols) / DRAWS;
        return [x, y];
      });

      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.05);
    },
  );

  test("is exact when a row is one block", () => {
    const { variance } = errorMoments(16, 100, () => [first, second]);

    // Sums of 16 products in another order.
    expect(variance).toBeLessThan((16 * 2 ** -52 * 16) ** 2);
  });

  test.each([1, 2, 4, 8])("is unbiased, Z = %i", (blockCols) => {
    const { mean, variance } = errorMoments(blockCols, DRAWS, () => [first, second]);

    // Four deviations of the mean.
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / DRAWS));
  });
});

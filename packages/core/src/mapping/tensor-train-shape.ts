import { checkSize } from "../reference/checks.ts";

/** Holds one number for each of the three cores of a tensor train. */
export type CoreNumbers = readonly [number, number, number];

/** Says how a table is factored into a train of three cores. */
export interface TensorTrainShape {
  /** Columns of a row; the product of `dims`. */
  readonly cols: number;
  /** Rows of each core: their product is at least the rows of the table. */
  readonly coreRows: CoreNumbers;
  /** Columns of a row that each core spans: their product is the columns of the table. */
  readonly dims: CoreNumbers;
  /** Numbers that neighbouring cores share; a larger rank approximates more tables. */
  readonly rank: number;
}

/**
 * Factors a table into three cores of about equally many rows, with the columns split so that the cores are smallest.
 *
 * @throws VALUE when an argument is not an integer >= 1
 * @source Yin et al. 2021, TT-Rec, arXiv 2101.11714
 *
 * ```ts doctest
 * import { tensorTrainShape } from "@dqrm/core";
 * tensorTrainShape(1_000_000, 16, 8); // => { cols: 16, coreRows: [100, 100, 100], dims: [4, 1, 4], rank: 8 }
 * ```
 */
export function tensorTrainShape(rows: number, cols: number, rank: number): TensorTrainShape {
  for (const [what, value] of Object.entries({ rows, cols, rank })) checkSize("tensor train", what, value);
  const last = cubeRootAbove(rows);
  const middle = Math.ceil(Math.sqrt(rows / last));
  const coreRows = [Math.ceil(rows / (last * middle)), middle, last] as const;
  return { cols, coreRows, dims: smallestDims(coreRows, cols, rank), rank };
}

/**
 * Gives the columns of each core's table: a row of it is a matrix [left rank × dim × right rank], row by row.
 *
 * ```ts doctest
 * import { coreCols, tensorTrainShape } from "@dqrm/core";
 * coreCols(tensorTrainShape(1_000_000, 16, 8)); // => [32, 64, 32]
 * ```
 */
export function coreCols({ dims, rank }: Pick<TensorTrainShape, "dims" | "rank">): CoreNumbers {
  return [dims[0] * rank, rank * dims[1] * rank, rank * dims[2]];
}

/** Root of a count, corrected where rounding would put a perfect cube one higher. */
function cubeRootAbove(rows: number): number {
  const root = Math.round(Math.cbrt(rows));
  return root ** 3 >= rows ? root : root + 1;
}

function smallestDims(coreRows: CoreNumbers, cols: number, rank: number): CoreNumbers {
  let best: CoreNumbers = [1, 1, cols];
  let least = Infinity;
  for (let first = 1; first <= cols; first++) {
    if (cols % first !== 0) continue;
    for (let middle = 1; middle <= cols / first; middle++) {
      if ((cols / first) % middle !== 0) continue;
      const dims = [first, middle, cols / (first * middle)] as const;
      const size = coreCols({ dims, rank }).reduce((sum, width, k) => sum + width * coreRows[k], 0);
      if (size < least) [best, least] = [dims, size];
    }
  }
  return best;
}

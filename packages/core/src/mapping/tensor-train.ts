import { prepareSmallProduct, type PlacedMatrix } from "./small-product.ts";
import { coreCols, type CoreNumbers, type TensorTrainShape } from "./tensor-train-shape.ts";

/** Holds one array for each of the three cores of a tensor train. */
export type CoreArrays = readonly [Float32Array, Float32Array, Float32Array];

/** Computes rows of a table from rows of its three cores, and the gradient back. */
export interface TensorTrain {
  /**
   * Multiplies one row of each core for every row wanted.
   *
   * @shape cores[k] f32[count × coreCols[k]] → dst f32[count × cols]
   */
  multiply(cores: CoreArrays, dst: Float32Array, count: number): void;
  /**
   * Gives the gradient of the cores' rows, one for each row that was multiplied.
   *
   * @shape drows f32[count × cols]; dcores as cores, overwritten
   */
  backward(cores: CoreArrays, drows: Float32Array, dcores: CoreArrays, count: number): void;
}

/**
 * Splits an index into the rows of the three cores that make up its row, the last core fastest.
 *
 * @units ⌊x/(n2·n3)⌋, ⌊x/n3⌋ mod n2, x mod n3
 *
 * ```ts doctest
 * import { coreIndices } from "@dqrm/core";
 * coreIndices([10, 20, 30], 1234); // => [2, 1, 4]
 * ```
 */
export function coreIndices([, middle, last]: CoreNumbers, index: number): CoreNumbers {
  const rest = Math.floor(index / last);
  return [Math.floor(rest / middle), rest % middle, index % last];
}

/**
 * Gives the deviation that the numbers of each core need so that their product has the one that a table should have.
 *
 * @units (deviation / rank)^(1/3): a number of a row is a sum of rank² products of three independent numbers
 *
 * ```ts doctest
 * import { coreDeviation } from "@dqrm/core";
 * coreDeviation(0.064, 8); // => 0.2
 * ```
 */
export function coreDeviation(deviation: number, rank: number): number {
  return Math.cbrt(deviation / rank);
}

/**
 * Prepares the products of a tensor train: a row is G1 · G2 · G3 of the matrices that its indices name in the cores.
 *
 * @units row[(a·d2 + b)·d3 + c] = Σ_p Σ_q G1[a, p] · G2[p, b, q] · G3[q, c]; both sums in doubles, each rounded to f32
 * @source Yin et al. 2021, TT-Rec, arXiv 2101.11714, equation 2
 * @cost multiply: O(count · rank · d1 · d2 · (rank + d3)); three times that backward
 *
 * ```ts doctest
 * import { prepareTensorTrain } from "@dqrm/core";
 * const train = prepareTensorTrain({ cols: 4, coreRows: [2, 2, 2], dims: [2, 1, 2], rank: 1 });
 * const row = new Float32Array(4);
 * train.multiply([Float32Array.of(1, 2), Float32Array.of(10), Float32Array.of(3, 4)], row, 1);
 * [...row]; // => [30, 40, 60, 80]
 * ```
 */
export function prepareTensorTrain(shape: TensorTrainShape): TensorTrain {
  const { cols, dims, rank } = shape;
  const [first, second, third] = dims;
  const widths = coreCols(shape);
  const left = { m: first, k: rank, n: second * rank } as const;
  const right = { m: first * second, k: rank, n: third } as const;
  const joinFirst = prepareSmallProduct({ ...left, transposed: "none" });
  const joinLast = prepareSmallProduct({ ...right, transposed: "none" });
  const lastGradient = prepareSmallProduct({ m: rank, k: right.m, n: third, transposed: "left" });
  const joinedGradient = prepareSmallProduct({ m: right.m, k: third, n: rank, transposed: "right" });
  const firstGradient = prepareSmallProduct({ m: first, k: left.n, n: rank, transposed: "right" });
  const middleGradient = prepareSmallProduct({ m: rank, k: first, n: left.n, transposed: "left" });
  const joined: PlacedMatrix = { values: new Float32Array(left.m * left.n), at: 0 };
  const djoined: PlacedMatrix = { values: new Float32Array(left.m * left.n), at: 0 };

  return {
    multiply(cores, dst, count) {
      const [g1, g2, g3, row] = [...cores, dst].map(placed);
      for (let i = 0; i < count; i++) {
        [g1.at, g2.at, g3.at, row.at] = [i * widths[0], i * widths[1], i * widths[2], i * cols];
        joinFirst(g1, g2, joined);
        joinLast(joined, g3, row);
      }
    },
    backward(cores, drows, dcores, count) {
      const [g1, g2, g3, row] = [...cores, drows].map(placed);
      const [d1, d2, d3] = dcores.map(placed);
      for (let i = 0; i < count; i++) {
        g1.at = d1.at = i * widths[0];
        g2.at = d2.at = i * widths[1];
        g3.at = d3.at = i * widths[2];
        row.at = i * cols;
        joinFirst(g1, g2, joined);
        lastGradient(joined, row, d3);
        joinedGradient(row, g3, djoined);
        firstGradient(djoined, g2, d1);
        middleGradient(g1, djoined, d2);
      }
    },
  };
}

function placed(values: Float32Array): PlacedMatrix {
  return { values, at: 0 };
}

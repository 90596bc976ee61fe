/** Is a small matrix somewhere in a longer array, row by row. */
export interface PlacedMatrix {
  values: Float32Array;
  /** Where its first number stands. */
  at: number;
}

/** Fixes the product of an m × k matrix with a k × n matrix; a transposed one lies in memory as its transpose. */
export interface SmallProductSpec {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposed: "left" | "right" | "none";
}

/** Overwrites `dst` with the product of two matrices. */
export type SmallProduct = (left: PlacedMatrix, right: PlacedMatrix, dst: PlacedMatrix) => void;

/** Prepares a product whose sums are doubles, in the order of k, rounded to f32 once. */
export function prepareSmallProduct({ k, m, n, transposed }: SmallProductSpec): SmallProduct {
  const [leftRow, leftStep] = transposed === "left" ? [1, m] : [k, 1];
  const [rightStep, rightCol] = transposed === "right" ? [1, k] : [n, 1];
  return function smallProduct({ at: leftAt, values: lefts }, { at: rightAt, values: rights }, dst) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        let a = leftAt + i * leftRow;
        let b = rightAt + j * rightCol;
        for (let p = 0; p < k; p++) {
          sum += lefts[a] * rights[b];
          a += leftStep;
          b += rightStep;
        }
        dst.values[dst.at + i * n + j] = sum;
      }
    }
  };
}

/** Places a matrix in an array: element (i, k) at `i × major + k × term`, the sums of a product running over k. */
interface Strides {
  readonly major: number;
  readonly term: number;
}

/** Fixes a product of two matrices over `columns` columns. */
export interface ProductSpec {
  readonly left: Strides;
  readonly right: Strides;
  readonly columns: number;
}

/**
 * Overwrites rows [begin, end) of dst with start[j] + Σ_k left(i, k) · right(j, k), each sum in double, k ascending, rounded to f32 once.
 *
 * Two rows and four columns advance together: each sum keeps its own order, and an operand is loaded once for all.
 *
 * @shape dst f32[>= end × columns]; start f32[columns], or empty for zeros
 */
export function multiply(
  spec: ProductSpec,
  left: Float32Array,
  right: Float32Array,
  terms: number,
  start: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const { columns } = spec;
  const { major, term } = spec.left;
  const { major: rightMajor, term: rightTerm } = spec.right;
  const started = start.length > 0;
  const blocked = columns - (columns % 4);
  for (let row = begin; row < end; row += 2) {
    // An odd last row is computed twice, to the same result.
    const other = Math.min(row + 1, end - 1);
    for (let j = 0; j < blocked; j += 4) {
      let a0 = started ? start[j] : 0;
      let a1 = started ? start[j + 1] : 0;
      let a2 = started ? start[j + 2] : 0;
      let a3 = started ? start[j + 3] : 0;
      let b0 = a0;
      let b1 = a1;
      let b2 = a2;
      let b3 = a3;
      let p = row * major;
      let q = other * major;
      let r0 = j * rightMajor;
      let r1 = r0 + rightMajor;
      let r2 = r1 + rightMajor;
      let r3 = r2 + rightMajor;
      for (let k = 0; k < terms; k++) {
        const a = left[p];
        const b = left[q];
        const w0 = right[r0];
        const w1 = right[r1];
        const w2 = right[r2];
        const w3 = right[r3];
        a0 += a * w0;
        a1 += a * w1;
        a2 += a * w2;
        a3 += a * w3;
        b0 += b * w0;
        b1 += b * w1;
        b2 += b * w2;
        b3 += b * w3;
        p += term;
        q += term;
        r0 += rightTerm;
        r1 += rightTerm;
        r2 += rightTerm;
        r3 += rightTerm;
      }
      const to = row * columns + j;
      dst[to] = a0;
      dst[to + 1] = a1;
      dst[to + 2] = a2;
      dst[to + 3] = a3;
      const next = other * columns + j;
      dst[next] = b0;
      dst[next + 1] = b1;
      dst[next + 2] = b2;
      dst[next + 3] = b3;
    }
    for (let j = blocked; j < columns; j++) {
      dst[row * columns + j] = dot(spec, left, row, right, j, terms, started ? start[j] : 0);
      dst[other * columns + j] = dot(spec, left, other, right, j, terms, started ? start[j] : 0);
    }
  }
}

function dot(
  spec: ProductSpec,
  left: Float32Array,
  row: number,
  right: Float32Array,
  column: number,
  terms: number,
  start: number,
): number {
  let sum = start;
  let p = row * spec.left.major;
  let r = column * spec.right.major;
  for (let k = 0; k < terms; k++) {
    sum += left[p] * right[r];
    p += spec.left.term;
    r += spec.right.term;
  }
  return sum;
}

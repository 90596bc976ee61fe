import { multiplyPanels } from "../gemm";
import { Plan } from "./records";
import { copyRow } from "./rows";

/** Bytes of a row of the square of products, vectors rounded up to 8. */
@inline
function squareStride(plan: Plan): usize {
  return ((<usize>plan.vectors + 7) & ~7) << 2;
}

/**
 * Overwrites the inputs of the top layers with the interactions of `rows` samples.
 *
 * @param scratch the transposed vectors, then the square of products; rims that nobody writes are zero
 */
export function interact(plan: Plan, from: i32, rows: i32, dst: usize, dstStride: usize, scratch: usize): void {
  const sampleBytes = (<usize>plan.vectorRows * plan.vectorCols) << 2;
  let vectors = plan.vectorsAt + <usize>from * sampleBytes;
  dst += <usize>from * dstStride;
  for (let s = 0; s < rows; s++) {
    if (plan.interaction == 0) concatenate(plan, vectors, dst);
    else multiplyPairs(plan, vectors, dst, scratch);
    vectors += sampleBytes;
    dst += dstStride;
  }
}

function concatenate(plan: Plan, vectors: usize, dst: usize): void {
  for (let v = 0; v < plan.vectors; v++) {
    copyRow(vectors, dst, plan.cols);
    vectors += <usize>plan.vectorCols << 2;
    dst += <usize>plan.cols << 2;
  }
}

function multiplyPairs(plan: Plan, vectors: usize, dst: usize, scratch: usize): void {
  const vectorStride = <usize>plan.vectorCols << 2;
  const stride = squareStride(plan);
  const square = scratch + <usize>plan.vectorCols * stride;
  transposeVectors(plan, vectors, vectorStride, scratch, stride);
  const itself = plan.interaction == 2 ? 1 : 0;
  copyRow(vectors, dst, plan.cols);
  dst += <usize>plan.cols << 2;
  for (let row = 0; row < plan.vectorRows; row += 4) {
    const products = square + <usize>row * stride;
    const panels = (row + 3 + itself + 7) >> 3;
    const a = vectors + <usize>row * vectorStride;
    multiplyPanels(
      a,
      vectorStride,
      scratch,
      stride,
      32,
      plan.cols,
      4,
      panels,
      products,
      stride,
      plan.zeros,
      -Infinity,
      0,
      0,
    );
    for (let i = row; i < min<i32>(row + 4, plan.vectors); i++) {
      const source = products + <usize>(i - row) * stride;
      const count = i + itself;
      // Fours that reach beyond the row's end are overwritten by the next row, or cleared below.
      for (let j = 0; j < count; j += 4) {
        const at = <usize>j << 2;
        v128.store(dst + at, v128.load(source + at));
      }
      dst += <usize>count << 2;
    }
  }
  v128.store(dst, f32x4.splat(0));
}

function transposeVectors(plan: Plan, vectors: usize, vectorStride: usize, dst: usize, stride: usize): void {
  for (let row: usize = 0; row < <usize>plan.vectorRows; row += 4) {
    for (let col: usize = 0; col < <usize>plan.vectorCols; col += 4) {
      transposeSquare(vectors + row * vectorStride + (col << 2), vectorStride, dst + col * stride + (row << 2), stride);
    }
  }
}

/** Transposes 4 rows of 4 floats. */
export function transposeSquare(src: usize, srcStride: usize, dst: usize, dstStride: usize): void {
  const a = v128.load(src);
  const b = v128.load(src + srcStride);
  const c = v128.load(src + 2 * srcStride);
  const d = v128.load(src + 3 * srcStride);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const ef = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const gh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(dst + dstStride, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(dst + 2 * dstStride, v128.shuffle<f32>(ef, gh, 0, 1, 4, 5));
  v128.store(dst + 3 * dstStride, v128.shuffle<f32>(ef, gh, 2, 3, 6, 7));
}

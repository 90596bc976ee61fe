import { multiplyPanels } from "../gemm";
import { Plan } from "./records";
import { addRow, copyRow } from "./rows";

/**
 * Overwrites the gradients of `rows` samples' vectors.
 *
 * @param scratch the symmetric square of the products' gradients; rows and columns beyond the vectors stay zero
 */
export function interactBackward(
  plan: Plan,
  from: i32,
  rows: i32,
  gradient: usize,
  gradientStride: usize,
  scratch: usize,
): void {
  const sampleBytes = (<usize>plan.vectorRows * plan.vectorCols) << 2;
  let vectors = plan.vectorsAt + <usize>from * sampleBytes;
  let dvectors = plan.dvectorsAt + <usize>from * sampleBytes;
  gradient += <usize>from * gradientStride;
  for (let s = 0; s < rows; s++) {
    if (plan.interaction == 0) divide(plan, gradient, dvectors);
    else backOfPairs(plan, vectors, gradient, dvectors, scratch);
    vectors += sampleBytes;
    dvectors += sampleBytes;
    gradient += gradientStride;
  }
}

function divide(plan: Plan, gradient: usize, dvectors: usize): void {
  for (let v = 0; v < plan.vectors; v++) {
    copyRow(gradient, dvectors, plan.cols);
    gradient += (<usize>plan.cols) << 2;
    dvectors += (<usize>plan.vectorCols) << 2;
  }
}

function backOfPairs(plan: Plan, vectors: usize, gradient: usize, dvectors: usize, square: usize): void {
  const stride = (<usize>plan.vectorRows) << 2;
  const vectorStride = (<usize>plan.vectorCols) << 2;
  const itself = plan.interaction == 2;
  let at = gradient + ((<usize>plan.cols) << 2);
  for (let i: usize = 0; i < <usize>plan.vectors; i++) {
    let across = square + i * stride;
    let down = square + (i << 2);
    for (let j: usize = 0; j < i; j++) {
      const value = load<f32>(at);
      store<f32>(across, value);
      store<f32>(down, value);
      at += 4;
      across += 4;
      down += stride;
    }
    let own: f32 = 0;
    if (itself) {
      // Both factors of a square are the same vector.
      own = 2 * load<f32>(at);
      at += 4;
    }
    store<f32>(across, own);
  }
  multiplyPanels(
    square,
    stride,
    vectors,
    vectorStride,
    32,
    plan.vectors,
    plan.vectorRows,
    plan.vectorCols >> 3,
    dvectors,
    vectorStride,
    plan.zeros,
    -Infinity,
    0,
    0,
  );
  addRow(gradient, 1, dvectors, plan.cols);
}

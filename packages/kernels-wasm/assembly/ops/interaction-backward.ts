import { multiplyColumns } from "./multiply-columns";

/**
 * Overwrites dvectors with the gradient of the interaction of each sample: the gradients of its pairs, as a symmetric
 * square, times its vectors.
 *
 * @param square scratch for vectors × vectors floats
 * @param panel scratch of multiplyColumns
 */
export function interactionBackward(
  source: usize,
  ddst: usize,
  dvectors: usize,
  samples: i32,
  vectors: i32,
  cols: i32,
  itself: bool,
  square: usize,
  panel: usize,
): void {
  const bytes = <usize>cols << 2;
  const stride = <usize>vectors << 2;
  for (let sample = 0; sample < samples; sample++) {
    const first = ddst;
    ddst = spreadPairs(ddst + bytes, square, vectors, itself);
    multiplyColumns(square, stride, 4, source, bytes, vectors, dvectors, bytes, vectors, cols, panel);
    for (let c: usize = 0; c < bytes; c += 4) {
      store<f32>(dvectors + c, load<f32>(dvectors + c) + load<f32>(first + c));
    }
    source += bytes * vectors;
    dvectors += bytes * vectors;
  }
}

/** Writes the gradients of pairs on both sides of a square's diagonal, and twice on it; returns where they end. */
function spreadPairs(pairs: usize, square: usize, vectors: i32, itself: bool): usize {
  const stride = <usize>vectors << 2;
  for (let i: usize = 0; i < <usize>vectors; i++) {
    const row = square + i * stride;
    const column = square + (i << 2);
    for (let j: usize = 0; j < i; j++) {
      const gradient = load<f32>(pairs);
      store<f32>(row + (j << 2), gradient);
      store<f32>(column + j * stride, gradient);
      pairs += 4;
    }
    store<f32>(row + (i << 2), itself ? 2 * load<f32>(pairs) : 0);
    if (itself) pairs += 4;
  }
  return pairs;
}

import { dot, dotFour } from "./multiply-rows";

/** Writes each sample's first vector and then the products of its pairs, i outer, j inner. */
export function interaction(
  source: usize,
  dst: usize,
  samples: i32,
  vectors: i32,
  cols: i32,
  itself: bool,
): void {
  const bytes = (<usize>cols) << 2;
  for (let sample = 0; sample < samples; sample++) {
    memory.copy(dst, source, bytes);
    dst += bytes;
    let left = source;
    for (let i = 0; i < vectors; i++) {
      const last = itself ? i : i - 1;
      let right = source;
      let j = 0;
      for (; j + 3 <= last; j += 4) {
        v128.store(dst, dotFour(left, right, bytes));
        dst += 16;
        right += bytes << 2;
      }
      for (; j <= last; j++) {
        store<f32>(dst, dot(left, right, bytes));
        dst += 4;
        right += bytes;
      }
      left += bytes;
    }
    source = left;
  }
}

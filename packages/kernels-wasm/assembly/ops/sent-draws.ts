import { drawFour, storeFour } from "./threefry";

/** Draws 16 bits for each of values [begin, begin + count): four values of a row share a block. */
export function drawValues(
  rows: usize,
  begin: i32,
  count: i32,
  cols: i32,
  seed: i32,
  stream: i32,
  words: usize,
  draws: usize,
): void {
  let row = begin / cols;
  let col = begin % cols;
  for (let at = 0; at < count;) {
    const values = min(cols - col, count - at);
    const place = <u64>load<i32>(rows + ((<usize>row) << 2)) * <u64>cols + <u64>col;
    const first = place >> 2;
    const blocks = <i32>(((place + <u64>values - 1) >> 2) - first) + 1;
    for (let block = 0; block < blocks; block += 4) {
      drawFour(seed, stream, first + <u64>block);
      storeFour(words + ((<usize>block) << 3));
    }
    // The lower half of a word stands before its upper half.
    memory.copy(draws + ((<usize>at) << 1), words + ((<usize>(place & 3)) << 1), (<usize>values) << 1);
    at += values;
    row++;
    col = 0;
  }
}

import { packRun } from "./codes";

/** Packs rows of codes, each from a fresh byte. Returns the position of the first code that needs more bits, or -1. */
export function packCodes(codes: usize, dst: usize, rows: i32, cols: i32, bits: i32): i32 {
  // Rows without unused bits follow each other as one run.
  if (((cols * bits) & 7) == 0) return packRun(codes, dst, rows * cols, bits);
  const stride = (cols * bits + 7) >> 3;
  for (let row = 0; row < rows; row++) {
    const bad = packRun(codes, dst, cols, bits);
    if (bad >= 0) return row * cols + bad;
    codes += (<usize>cols) << 1;
    dst += stride;
  }
  return -1;
}

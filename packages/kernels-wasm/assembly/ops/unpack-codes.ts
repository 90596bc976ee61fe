import { unpackRun } from "./codes";

/** Unpacks rows of codes, each from a fresh byte. */
export function unpackCodes(src: usize, codes: usize, rows: i32, cols: i32, bits: i32): void {
  if (((cols * bits) & 7) == 0) {
    unpackRun(src, codes, rows * cols, bits);
    return;
  }
  const stride = (cols * bits + 7) >> 3;
  for (let row = 0; row < rows; row++) {
    unpackRun(src, codes, cols, bits);
    src += stride;
    codes += (<usize>cols) << 1;
  }
}

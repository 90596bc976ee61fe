import type { Placement } from "../../kernel/ops.ts";

/** Copies vectors between dense rows and the places of a wider matrix. */
export type VectorCopy = (src: Float32Array, dst: Float32Array, size: number) => void;

/** Prepares the copy of dense rows of `cols` numbers to where the placement says. */
export function prepareScatter(cols: number, { offset, stride }: Placement): VectorCopy {
  return function scatter(src, dst, size) {
    for (let b = 0; b < size; b++) {
      for (let c = 0; c < cols; c++) dst[b * stride + offset + c] = src[b * cols + c];
    }
  };
}

/** Prepares the copy of placed vectors of `cols` numbers into dense rows. */
export function prepareGather(cols: number, { offset, stride }: Placement): VectorCopy {
  return function gather(src, dst, size) {
    for (let b = 0; b < size; b++) {
      for (let c = 0; c < cols; c++) dst[b * cols + c] = src[b * stride + offset + c];
    }
  };
}
